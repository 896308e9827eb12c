/** `wsgiscope verify CONFIG`: explain, then run it for real, then judge: prediction and observation side by side. */
import type { Explanation } from '../config/explanation.ts';
import { CannotStart } from '../gateway/cannot-start.ts';
import { comparisonCount, renderComparison } from '../render/comparison.ts';
import { serverTitle } from '../render/deployment-words.ts';
import { diagnosticsCount, diagnosticsText } from '../render/diagnostics-text.ts';
import { explanationJson } from '../render/explanation-json.ts';
import { findingsCount, renderFindings } from '../render/findings.ts';
import { acceptedConfiguration } from './accepted-configuration.ts';
import { type AddCommand, Obstacle } from './command.ts';
import { type ConfigurationOptions, withConfiguration } from './configuration-options.ts';
import { exitCodes } from './exit-codes.ts';
import { findingRows } from './finding-rows.ts';
import { interruption } from './interruption.ts';
import type { Shell } from './shell.ts';
import { runVerification, scriptAdvice, type Verification, verificationExitCode } from './verification.ts';
import { writeTrace } from './write-trace.ts';

interface VerifyOptions extends ConfigurationOptions {
  readonly python?: string;
  readonly brief?: true;
  readonly json?: true;
  readonly trace?: string;
  readonly rules?: true;
  readonly log?: true;
}

/** A run that takes longer than this is stuck; the situations of a deployment are bounded. */
const longest = 120_000;

export const addVerify: AddCommand = ({ program, shell, finish }) => {
  withConfiguration(program.command('verify'))
    .summary('run it for real and put prediction and observation side by side')
    .description(
      'Predicts what applications will see, then runs the deployment on real CPython processes, threads and\ninterpreters, puts each of them through what ends or reloads it, and compares. No Apache is needed.\n\nEach of your scripts is executed once, to see that it loads. For the rest a probe stands in its\nplace: your files are not touched and your application gets no request.',
    )
    .option('--python <path>', 'the Python that runs the applications', 'python3')
    .option('--brief', 'only ask: signal, touch and restart nothing')
    .option('--rules', 'show every rule that was asked, not only those that something is against')
    .option('--json', 'print JSON')
    .option('--trace <file>', 'write everything that happened, one JSON event per line')
    .option('--log', 'show what the processes write to their logs')
    .addHelpText('after', examples)
    .action(async (config: string, options: VerifyOptions) => {
      const accepted = await acceptedConfiguration(config, options, shell);
      if (accepted === null) {
        finish(exitCodes.refused);
        return;
      }
      const { explanation } = accepted;
      const interrupted = interruption();
      const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(longest)]);
      try {
        const verification = await runVerification({
          accepted,
          ...(options.python !== undefined && { python: options.python }),
          extent: options.brief ? 'brief' : 'whole',
          signal,
          onProgress: shell.progress,
          onLog: (source, line) => {
            if (options.log) shell.err(`${source}: ${line}\n`);
          },
        });
        shell.progress('');
        if (options.trace !== undefined)
          writeTrace(options.trace, { world: 'gateway', configuration: config, seed: null }, verification.trace);
        if (options.json)
          shell.out(`${JSON.stringify(verifyJson(explanationJson(explanation), verification), null, 2)}\n`);
        else shell.out(verifyText(config, explanation, verification, options, shell));
        finish(verificationExitCode(verification));
      } catch (error) {
        shell.progress('');
        if (error instanceof CannotStart) throw new Obstacle(exitCodes.undecided, error.message);
        if (interrupted.signal.aborted) throw new Obstacle(exitCodes.undecided, 'interrupted: nothing is left running');
        if (signal.aborted)
          throw new Obstacle(
            exitCodes.undecided,
            `the run did not end within ${longest / 1000} s; nothing is left running\nfix: --log shows what the processes say`,
          );
        throw error;
      } finally {
        interrupted.dispose();
      }
    });
};

const examples = `
Examples:
  $ wsgiscope verify docs/examples/two-projects.conf
  $ wsgiscope verify site.conf --brief        flags and sharing only, in a few seconds
  $ wsgiscope verify site.conf --python /srv/venv/bin/python3 --rules
  $ wsgiscope verify site.conf --json --trace run.ndjson

Exit code 0: all that was seen is as predicted. 1: something is not, or a script does not load. 2: nothing was decided.
`;

function verifyText(
  config: string,
  { server, diagnostics }: Explanation,
  verification: Verification,
  options: VerifyOptions,
  shell: Shell,
): string {
  const { rows, findings, scripts, python } = verification;
  const { palette } = shell;
  const pressing = diagnostics.filter(({ severity }) => severity !== 'info');
  const complaints = scripts.map(scriptAdvice).filter((advice) => advice !== null);
  const shown = findingRows(findings).filter(
    ({ verdict }) =>
      options.rules || (verdict !== 'pass' && verdict !== 'not-exercised' && verdict !== 'not-applicable'),
  );
  const asked = findings.filter(({ verdict }) => verdict !== 'not-applicable');
  const notes = diagnosticsCount(diagnostics.filter(({ severity }) => severity === 'info'));
  return `${[
    palette.strong(`${config} as ${serverTitle(server)} would run it; run here by CPython ${python}`),
    ...(pressing.length > 0 ? [diagnosticsText(pressing, shell)] : []),
    ...complaints.map((advice) => `${palette.bad('script does not load')}: ${advice}`),
    ...(rows.length > 0 ? [renderComparison(rows, shell)] : ['No URL of this configuration reaches a WSGI script.']),
    ...(shown.length > 0 ? [renderFindings(shown, shell)] : []),
    [
      `${scripts.length - complaints.length} of ${scripts.length} scripts load`,
      `prediction and observation: ${comparisonCount(rows)}`,
      `rules: ${findingsCount(asked)}`,
      ...(notes === '' || diagnostics.length === pressing.length
        ? []
        : [palette.dim(`${notes} on this configuration: wsgiscope explain ${config}`)]),
    ].join('\n'),
  ].join('\n\n')}\n`;
}

const verifyJson = (explanation: object, { python, scripts, rows, findings }: Verification): object => ({
  ...explanation,
  python,
  scripts: scripts.map(({ script, callable, verdict }) => ({ script, callable, ...verdict })),
  comparison: rows,
  findings,
});
