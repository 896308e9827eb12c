/** The figures of a benchmark as text and as Markdown. */
import { cpus, release, totalmem, type } from 'node:os';
import type { ContestantKind } from './contestants.ts';
import { processes, threads } from './contestants.ts';
import type { Measure } from './measures.ts';

/** What one measure gave: a number for each contestant and round. */
export interface Figures {
  readonly measure: Measure;
  readonly values: ReadonlyMap<string, readonly number[]>;
}

interface Row {
  readonly name: string;
  readonly value: Spread;
  /** The first contestant's figure by this one's, round by round; null for the first itself. */
  readonly ratio: Spread | null;
  readonly target: { readonly ratio: number; readonly isReached: boolean } | null;
}

interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

function rows({ measure, values }: Figures): readonly Row[] {
  const [ours = []] = values.values();
  return [...values].map(([name, theirs], index) => {
    const ratio = index === 0 ? null : spread(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
    const wanted = measure.targets[name];
    const isReached = (reached: number): boolean =>
      measure.unit === 'requests/s' ? reached >= (wanted ?? 0) : reached <= (wanted ?? 0);
    return {
      name,
      value: spread(theirs),
      ratio,
      target: wanted === undefined || ratio === null ? null : { ratio: wanted, isReached: isReached(ratio.median) },
    };
  });
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { median: at(Math.floor(sorted.length / 2)), least: at(0), most: at(sorted.length - 1) };
}

const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
const range = ({ median, least, most }: Spread, shown: (value: number) => string): string =>
  `${shown(median)} (${shown(least)} to ${shown(most)})`;
const ratioOf = (spread: Spread): string => range(spread, (value) => value.toFixed(2));
const aim = ({ unit }: Measure): string => (unit === 'requests/s' ? '≥' : '≤');

export function plain(figures: Figures): string {
  const { measure } = figures;
  const lines = rows(figures).map(({ name, value, ratio, target }) => {
    const against = ratio === null ? '' : `gateway is ${ratioOf(ratio)} of it`;
    const judged =
      target === null ? '' : `; target ${aim(measure)} ${target.ratio}${target.isReached ? '' : ': NOT reached'}`;
    return `  ${name.padEnd(26)} ${range(value, digits).padEnd(30)} ${against}${judged}`.trimEnd();
  });
  return `${measure.title}, ${measure.unit}\n${lines.join('\n')}\n`;
}

export function markdown(results: readonly Figures[], kinds: readonly ContestantKind[]): string {
  const versions = kinds.map((kind) => `- ${kind.name}: ${kind.version() ?? 'not installed'}`);
  const missed = results.flatMap((figures) =>
    rows(figures).flatMap(({ name, ratio, target }) =>
      target === null || target.isReached || ratio === null
        ? []
        : [
            `- ${figures.measure.title}: ${ratio.median.toFixed(2)} of ${name}, and ${aim(figures.measure)} ${target.ratio} was wanted`,
          ],
    ),
  );
  const sections = results.map((figures) => {
    const { measure } = figures;
    const lines = rows(figures).map(({ name, value, ratio, target }) => {
      const wanted =
        target === null ? '' : `${aim(measure)} ${target.ratio} ${target.isReached ? 'reached' : '**not reached**'}`;
      return `| ${name} | ${range(value, digits)} | ${ratio === null ? '' : ratioOf(ratio)} | ${wanted} |`;
    });
    return `## ${measure.title[0]?.toUpperCase()}${measure.title.slice(1)}\n\n| | ${measure.unit} | gateway ÷ it | target |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
  });
  return `# Benchmarks

The gateway beside its peers, each with ${processes} processes of ${threads} threads (gunicorn's sync workers have one each), on one machine, loaded in
turn by wrk, rounds interleaved. A figure is the median of its rounds, with the least and the most; a ratio is that of
neighbouring rounds. Of requests/s more is better, of ms and MiB less. \`npm run bench:gateway -- --write docs/benchmarks.md\`
wrote this page; its figures are of the day and the machine.

Up to 256 KiB the gateway carries a body between client and Python through one thread of Node, as Apache carries it to a daemon
process; from there on it lends the client's connection to the thread that runs the application. gunicorn and uWSGI hand the
connection itself to the process. ([Why](decisions/0018-large-bodies-go-past-node.md).)

- ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.version}; wrk runs on the same cores
${versions.join('\n')}

## Targets that were not reached

${missed.length === 0 ? 'None.' : missed.join('\n')}

${sections.join('\n')}`;
}
