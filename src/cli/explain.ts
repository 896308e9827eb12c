/** `wsgiscope explain CONFIG`: everything that can be said about a configuration without running it. */

import { measuredFor } from '../../spec/quirks/measured.ts';
import { isRefused } from '../config/diagnostic.ts';
import type { Explanation } from '../config/explanation.ts';
import { diagnosticsText } from '../render/diagnostics-text.ts';
import type { ShownExplanation } from '../render/explanation.ts';
import { explanationJson } from '../render/explanation-json.ts';
import { explanationText } from '../render/explanation-text.ts';
import { processMap } from '../render/process-map.ts';
import type { AddCommand } from './command.ts';
import { type ConfigurationOptions, withConfiguration } from './configuration-options.ts';
import { exitCodes } from './exit-codes.ts';
import { explanationOf } from './explanation-of.ts';
import { profilesIn } from './profiles.ts';
import { baseOf, readConfiguration } from './read-configuration.ts';
import type { Shell } from './shell.ts';

interface ExplainOptions extends ConfigurationOptions {
  readonly json?: true;
  readonly mermaid?: true;
  /** `true` where no folder is named. */
  readonly measured?: true | string;
}

export const addExplain: AddCommand = ({ program, shell, finish }) => {
  withConfiguration(program.command('explain'))
    .summary('what answers each URL, where it runs, who shares what, what ends a process, and what to look out for')
    .description(
      'Reads a configuration as the server would and says what will happen: flags, processes, threads and\ninterpreters for each URL, who shares globals with whom, what ends a process, and every trap it holds.\nNothing is started.',
    )
    .option('--json', 'print JSON; its shape is docs/reference/explain.schema.json')
    .option('--python <path>', 'the Python that runs a settings file of gunicorn', 'python3')
    .option('--mermaid', 'print a map of processes, interpreters and scripts as a Mermaid flow chart')
    .option(
      '--measured [folder]',
      'warn of what such a server was measured to do, by the profiles of this folder (default: those of wsgiscope)',
    )
    .addHelpText('after', examples)
    .action(async (config: string, options: ExplainOptions) => {
      const explained = explanationOf(await readConfiguration(config, options, shell));
      const explanation = options.measured === undefined ? explained : withMeasured(explained, options.measured);
      show(explanation, config, options, shell);
      finish(isRefused(explanation.diagnostics) ? exitCodes.refused : exitCodes.fine);
    });
};

const examples = `
Examples:
  $ wsgiscope explain docs/examples/two-projects.conf
  $ wsgiscope explain /etc/apache2/apache2.conf --mod-wsgi 5 --mpm prefork
  $ wsgiscope explain site.conf -D STAGING --json
  $ wsgiscope explain 'gunicorn -w 4 --threads 2 shop.wsgi'
  $ wsgiscope explain gunicorn.conf.py
  $ wsgiscope explain gunicorn.conf.py --measured

Exit code 1 means that the server would refuse to start, or that the file cannot be read.
`;

function withMeasured(explanation: Explanation, folder: true | string): ShownExplanation {
  const profiles = profilesIn(folder === true ? undefined : folder);
  const { accepted } = explanation;
  return { ...explanation, measured: accepted && measuredFor(accepted.deployment, accepted.prediction, profiles) };
}

function show(explanation: ShownExplanation, config: string, { json, mermaid }: ExplainOptions, shell: Shell): void {
  const { accepted, diagnostics } = explanation;
  const base = baseOf(config, shell);
  const remarks = (): string =>
    `${diagnosticsText(diagnostics, { width: shell.width, palette: shell.errorPalette })}\n`;
  if (json) shell.out(`${JSON.stringify(explanationJson(explanation), null, 2)}\n`);
  else if (accepted === null) shell.err(remarks());
  else if (mermaid) shell.out(processMap(accepted.prediction, base));
  else shell.out(explanationText(explanation, { width: shell.width, palette: shell.palette, base }));
}
