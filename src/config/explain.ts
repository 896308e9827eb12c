/** From the text of an Apache configuration to everything that can be said about it without running it. */
import type { ApacheDeployment, ModWsgiRelease, Mpm } from '../../spec/deployments/apache.ts';
import type { PredictedApache } from '../../spec/predict.ts';
import type { RoutingWorld } from '../../spec/routing/route.ts';
import type { HostLogs } from './apache/host-logs.ts';
import { type ApacheInput, readApache } from './apache/read.ts';
import { inOrder } from './diagnostic.ts';
import type { Accepted, Explanation } from './explanation.ts';
import { findHazards } from './hazards/find-hazards.ts';
import { sceneOf } from './hazards/scene.ts';

export interface AcceptedApache extends Accepted {
  readonly deployment: ApacheDeployment;
  readonly logs: readonly HostLogs[];
}

export interface ExplainInput extends ApacheInput {
  /** What the routing may ask of the machine that the server runs on. */
  readonly world?: RoutingWorld;
  /** The text of a script, for hazards that lie in it; null where it cannot be read. */
  readonly readScript?: (path: string) => string | null;
}

/** Explains an Apache configuration. Never throws, whatever the text. */
export function explainApache({ world, readScript, ...input }: ExplainInput): Explanation<AcceptedApache> {
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
export const unread = (mpm: Mpm = 'event', modWsgi: ModWsgiRelease): PredictedApache => ({
  kind: 'apache',
  version: '2.4',
  mpm,
  modWsgi,
});
