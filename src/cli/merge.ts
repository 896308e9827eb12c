/** `wsgiscope merge FILE…`: several checks as one. */
import { merged } from '../../conformance/kit/merge.ts';
import { CheckView } from './check-view.ts';
import type { AddCommand } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { knownFindings } from './known.ts';
import { openReports, type ReportOptions, withReports } from './reports.ts';
import { recordsOf } from './results.ts';

interface MergeOptions extends ReportOptions {
  readonly strict?: true;
}

export const addMerge: AddCommand = ({ program, shell, finish }) => {
  withReports(program.command('merge'))
    .argument('<files...>', 'what `wsgiscope check --ndjson` wrote')
    .summary('put the results of several checks together')
    .description(
      'Takes the parts of a check that ran on several machines (check --shard), or checks of different targets, and\nmakes one of them: the same table, the same files, the same exit code as if one machine had run all.',
    )
    .option('--strict', 'a broken SHOULD is a failure')
    .addHelpText('after', examples)
    .action((files: readonly string[], options: MergeOptions) => {
      const records = merged(files.map(recordsOf), { known: knownFindings(), strict: options.strict ?? false });
      const reports = openReports(options);
      const view = new CheckView(shell);
      for (const record of records) {
        reports.hear(record);
        view.hear(record);
      }
      reports.close();
      const footer = records.at(-1);
      finish(footer?.kind === 'footer' ? footer.exitCode : exitCodes.undecided);
    });
};

const examples = `
Examples:
  $ wsgiscope merge part-1.ndjson part-2.ndjson --html matrix.html
  $ wsgiscope merge conformance/results/*.ndjson --html matrix.html
`;
