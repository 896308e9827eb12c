/** A configuration that its server would start with, for the commands that run it. */
import { resolve } from 'node:path';
import type { WorkerDeployment } from '../../spec/deployment.ts';
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import type { Prediction } from '../../spec/predict.ts';
import type { RoutingWorld } from '../../spec/routing/route.ts';
import type { HostLogs } from '../config/apache/host-logs.ts';
import { isRefused } from '../config/diagnostic.ts';
import { explainApache } from '../config/explain.ts';
import type { Explanation } from '../config/explanation.ts';
import { diagnosticsText } from '../render/diagnostics-text.ts';
import type { ConfigurationOptions } from './configuration-options.ts';
import { readConfiguration } from './read-configuration.ts';
import type { Shell } from './shell.ts';

export type AcceptedConfiguration = AcceptedApache | AcceptedWorkers;

export interface AcceptedApache {
  readonly kind: 'apache';
  readonly explanation: Explanation;
  readonly deployment: ApacheDeployment;
  readonly prediction: Prediction;
  /** As the deployment's hosts. */
  readonly logs: readonly HostLogs[];
  readonly world: RoutingWorld;
}

/** Of gunicorn or uWSGI. */
export interface AcceptedWorkers {
  readonly kind: 'workers';
  readonly explanation: Explanation;
  readonly deployment: WorkerDeployment;
  readonly prediction: Prediction;
  /** The directory that the server is started in. */
  readonly folder: string;
}

/** Reads the CONFIG of a command line; one that is refused is explained on standard error, and null is returned. */
export async function acceptedConfiguration(
  config: string,
  options: ConfigurationOptions,
  shell: Shell,
): Promise<AcceptedConfiguration | null> {
  const configuration = await readConfiguration(config, options, shell);
  if (configuration.kind === 'apache') {
    const explanation = explainApache(configuration.input);
    if (explanation.accepted)
      return { kind: 'apache', explanation, ...explanation.accepted, world: configuration.input.world ?? {} };
    return refused(explanation, shell);
  }
  // To run Apache the readers of the others are not needed, and take long to load.
  const { explanationOf } = await import('./explanation-of.ts');
  const explanation = explanationOf(configuration);
  const { accepted } = explanation;
  if (accepted === null || accepted.deployment.kind === 'apache') return refused(explanation, shell);
  const { deployment, prediction } = accepted;
  const folder = resolve(shell.workingDirectory, options.chdir ?? '.');
  return { kind: 'workers', explanation, deployment, prediction, folder };
}

function refused({ diagnostics }: Explanation, shell: Shell): null {
  sayDiagnostics(
    diagnostics.filter((diagnostic) => isRefused([diagnostic])),
    shell,
  );
  return null;
}

/** Writes diagnostics to standard error. */
export function sayDiagnostics(diagnostics: Explanation['diagnostics'], shell: Shell): void {
  if (diagnostics.length > 0)
    shell.err(`${diagnosticsText(diagnostics, { width: shell.width, palette: shell.errorPalette })}\n`);
}
