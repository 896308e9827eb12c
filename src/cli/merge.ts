/** `wsgiscope merge FILE…`: several checks as one. */
import { readFileSync } from 'node:fs';
import { merged } from '../../conformance/kit/merge.ts';
import { readRecords } from '../../conformance/kit/record-schema.ts';
import type { CheckRecord } from '../../spec/check-record.ts';
import { CheckView } from './check-view.ts';
import { type AddCommand, Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { knownFindings } from './known.ts';
import { openReports, type ReportOptions, withReports } from './reports.ts';

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

/** @throws Obstacle for a file that cannot be read, or holds something else. */
function recordsOf(file: string): readonly CheckRecord[] {
  const wrong = (what: string): Obstacle =>
    new Obstacle(exitCodes.undecided, `${file}: ${what}\nfix: name a file that wsgiscope check --ndjson wrote`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const read = readRecords(text.split('\n'));
  if (read.kind === 'refused') throw wrong(`line ${read.line}: ${read.message}`);
  return read.records;
}
