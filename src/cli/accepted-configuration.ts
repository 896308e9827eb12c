/** A configuration that Apache would start with, for the commands that run it. */
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import type { Prediction } from '../../spec/predict.ts';
import type { RoutingWorld } from '../../spec/routing/route.ts';
import type { HostLogs } from '../config/apache/host-logs.ts';
import { type Diagnostic, isRefused } from '../config/diagnostic.ts';
import { explainApache } from '../config/explain.ts';
import type { Explanation } from '../config/explanation.ts';
import { diagnosticsText } from '../render/diagnostics-text.ts';
import { type ConfigurationOptions, readConfiguration } from './read-configuration.ts';
import type { Shell } from './shell.ts';

export interface AcceptedConfiguration {
  readonly explanation: Explanation;
  readonly deployment: ApacheDeployment;
  readonly prediction: Prediction;
  /** As the deployment's hosts. */
  readonly logs: readonly HostLogs[];
  readonly world: RoutingWorld;
}

/** Reads the CONFIG of a command line; one that is refused is explained on standard error, and null is returned. */
export async function acceptedConfiguration(
  config: string,
  options: ConfigurationOptions,
  shell: Shell,
): Promise<AcceptedConfiguration | null> {
  const configuration = await readConfiguration(config, options, shell);
  if (configuration.kind === 'unreadable') {
    sayDiagnostics([configuration.diagnostic], shell);
    return null;
  }
  if (configuration.kind !== 'apache') {
    sayDiagnostics([notRunYet(config)], shell);
    return null;
  }
  const explanation = explainApache(configuration.input);
  if (explanation.accepted) return { explanation, ...explanation.accepted, world: configuration.input.world ?? {} };
  sayDiagnostics(
    explanation.diagnostics.filter((diagnostic) => isRefused([diagnostic])),
    shell,
  );
  return null;
}

/** What explain can read, and this command cannot do anything with. */
const notRunYet = (config: string): Diagnostic => ({
  file: config,
  line: 1,
  column: 1,
  severity: 'error',
  code: 'CFG090',
  message: 'only configurations of Apache can be run so far',
  fix: 'ask wsgiscope explain, which reads this one',
});

/** Writes diagnostics to standard error. */
export function sayDiagnostics(diagnostics: Explanation['diagnostics'], shell: Shell): void {
  if (diagnostics.length > 0)
    shell.err(`${diagnosticsText(diagnostics, { width: shell.width, palette: shell.errorPalette })}\n`);
}
