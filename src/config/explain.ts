/** From the text of a configuration to everything that can be said about it without running it. */
import type { ApacheDeployment, ModWsgiRelease, Mpm } from '../../spec/deployments/apache.ts';
import type { PredictedServer, Prediction } from '../../spec/predict.ts';
import type { RoutingWorld } from '../../spec/routing/route.ts';
import type { HostLogs } from './apache/host-logs.ts';
import { type ApacheInput, readApache } from './apache/read.ts';
import { type Diagnostic, inOrder } from './diagnostic.ts';
import { findHazards } from './hazards/find-hazards.ts';
import type { HazardDiagnostic } from './hazards/hazard.ts';
import { sceneOf } from './hazards/scene.ts';

export interface Explanation {
  readonly server: PredictedServer;
  /** Null when a diagnostic is an error: the server would not start, and nothing can be predicted. */
  readonly accepted: {
    readonly deployment: ApacheDeployment;
    readonly prediction: Prediction;
    readonly logs: readonly HostLogs[];
  } | null;
  /** What the reader found and what the server will surprise with, in the order of the text. */
  readonly diagnostics: readonly (Diagnostic | HazardDiagnostic)[];
}

export interface ExplainInput extends ApacheInput {
  /** What the routing may ask of the machine that the server runs on. */
  readonly world?: RoutingWorld;
  /** The text of a script, for hazards that lie in it; null where it cannot be read. */
  readonly readScript?: (path: string) => string | null;
}

/** Explains an Apache configuration. Never throws, whatever the text. */
export function explainApache({ world, readScript, ...input }: ExplainInput): Explanation {
  const { deployment, origins, logs, diagnostics } = readApache(input);
  if (deployment === null) return { server: unread(input.mpm, input.modWsgi), accepted: null, diagnostics };
  const scene = sceneOf({
    deployment,
    origins,
    file: input.file,
    ...(world ? { world } : {}),
    ...(readScript ? { readScript } : {}),
  });
  return {
    server: scene.prediction.server,
    accepted: { deployment, prediction: scene.prediction, logs },
    diagnostics: inOrder([...diagnostics, ...findHazards(scene)]),
  };
}

/** What a configuration that cannot be read is taken for. */
const unread = (mpm: Mpm = 'event', modWsgi: ModWsgiRelease): PredictedServer => ({
  kind: 'apache',
  version: '2.4',
  mpm,
  modWsgi,
});
