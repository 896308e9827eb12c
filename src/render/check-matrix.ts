/** What a check found, for people: targets by areas of rules, then what goes against a rule, each with its story. */
import type { CheckedTarget, CheckFooter, CheckVerdict, ResultRecord } from '../../spec/check-record.ts';
import { type Area, areas } from '../../spec/rules/rule.ts';
import type { Palette, TextStyle } from './palette.ts';
import { type Cell, type Column, textTable } from './text-table.ts';
import { hanging } from './wrap.ts';

/** Verdicts by how much they ask for attention; a cell shows the first that it has. */
const signs = {
  'harness-failed': '!',
  fail: '✕',
  flaky: '~',
  warn: '▲',
  'dependency-failed': '?',
  pass: '✓',
  'not-exercised': '·',
  'not-applicable': ' ',
} as const satisfies Record<CheckVerdict, string>;

/** The key to {@link checkMatrix}, in one line. */
export const matrixKey =
  '✓ kept  ✕ broken  ▲ broken SHOULD or known defect  ~ broken sometimes  · not exercised  ! the kit broke';

/** What of a result stands in the table. */
type Standing = Pick<ResultRecord, 'target' | 'area' | 'verdict'>;

/**
 * A table: a row for each target, a column for each area, in a cell the rules kept and, behind their sign, those that are not.
 * @param doing - What is being done to targets; given while it is, in a column of its own.
 * @returns Lines without a final line break.
 */
export function checkMatrix(
  targets: readonly CheckedTarget[],
  results: readonly Standing[],
  style: TextStyle,
  doing?: ReadonlyMap<string, string>,
): string {
  const shown = areas.filter((area) => results.some((result) => result.area === area && isDecided(result.verdict)));
  const now = (id: string): readonly Cell[] => (doing ? [{ text: doing.get(id) ?? '', paint: style.palette.dim }] : []);
  const rows = targets.map(({ id, missing }): readonly (Cell | string)[] => {
    const own = results.filter(({ target }) => target === id);
    if (missing) return [id, ...shown.map(() => ({ text: '-', paint: style.palette.dim })), ...now(id)];
    return [
      id,
      ...shown.map((area) =>
        cellOf(
          own.filter((result) => result.area === area),
          style.palette,
        ),
      ),
      ...now(id),
    ];
  });
  const columns: readonly Column[] = [
    { title: 'target', isWhole: true },
    ...shown.map((area) => ({ title: shortName(area) })),
  ];
  return textTable(doing ? [...columns, { title: 'now' }] : columns, rows, style);
}

/** Whether one verdict asks for more attention than another. */
export const isWorse = (verdict: CheckVerdict, than: CheckVerdict): boolean => {
  const order = Object.keys(signs);
  return order.indexOf(verdict) < order.indexOf(than);
};

const isDecided = (verdict: CheckVerdict): boolean => verdict !== 'not-exercised' && verdict !== 'not-applicable';

function cellOf(results: readonly Standing[], palette: Palette): Cell {
  const { text, worst } = standing(results);
  return { text, paint: paintOf(worst, palette) };
}

/** A cell of the table as text, and the verdict in it that asks for most attention. */
export function standing(results: readonly Standing[]): { readonly text: string; readonly worst: CheckVerdict } {
  const counts = new Map<CheckVerdict, number>();
  for (const { verdict } of results) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const parts = (Object.keys(signs) as CheckVerdict[])
    .filter((verdict) => isDecided(verdict) && counts.has(verdict))
    .map((verdict) => `${counts.get(verdict)}${signs[verdict]}`);
  const worst = (Object.keys(signs) as CheckVerdict[]).find((verdict) => counts.has(verdict)) ?? 'not-applicable';
  return { text: parts.length > 0 ? parts.join(' ') : signs[worst], worst };
}

/** How a verdict is coloured. */
export function paintOf(verdict: CheckVerdict, palette: Palette): (text: string) => string {
  switch (verdict) {
    case 'pass':
      return palette.good;
    case 'fail':
    case 'harness-failed':
      return palette.bad;
    case 'warn':
    case 'flaky':
    case 'dependency-failed':
      return palette.warning;
    default:
      return palette.dim;
  }
}

/** As narrow as a table of many columns needs it. */
const shortName = (area: Area): string =>
  ({
    flags: 'flags',
    isolation: 'isol',
    configuration: 'conf',
    concurrency: 'conc',
    requests: 'reqs',
    replacement: 'repl',
    reloading: 'reload',
    signals: 'sig',
    deadlines: 'time',
    surroundings: 'surr',
    ending: 'end',
    dispatch: 'disp',
    restarts: 'rest',
    children: 'child',
    interface: 'pep',
    model: 'model',
  })[area];

/** How often something showed itself alone: `2 of 3 runs alone, and 1 more was stuck`. */
export const aloneWords = ({ shown, of, stuck = 0 }: NonNullable<ResultRecord['detail']['again']>): string =>
  `${shown} of ${of} runs alone${stuck > 0 ? `, and ${stuck} more ${stuck === 1 ? 'was' : 'were'} stuck` : ''}`;

/** One result that is against its rule, as a story: what the rule says, what was seen, the steps, and how to see it again. */
export function checkStory(result: ResultRecord, says: string, { width, palette }: TextStyle): string {
  const { verdict, rule, target, token, detail } = result;
  const again = detail.again ? ` (shown by ${aloneWords(detail.again)})` : '';
  const known = detail.known === null ? [] : [hanging(`  known: ${detail.known}`, width, 9)];
  return [
    `${paintOf(verdict, palette)(verdict)} ${palette.strong(rule)} on ${target}${again}`,
    hanging(`  rule: ${says}`, width, 8),
    ...detail.evidence.slice(0, 3).map((evidence) => hanging(`  seen: ${evidence.says}`, width, 8)),
    ...(detail.because === null ? [] : [hanging(`  because: ${detail.because}`, width, 11)]),
    ...known,
    ...(detail.story?.steps ?? []).map((step, index) =>
      hanging(`  ${String(index + 1).padStart(4)}. ${step}`, width, 8),
    ),
    ...(detail.story ? [hanging(`  ${detail.story.simulated}`, width, 4)] : []),
    ...(token === null ? [] : [palette.dim(`  again: npx wsgiscope replay ${token}`)]),
  ].join('\n');
}

/** `1204 pass, 2 fail in 182 s`, what there is none of left out. */
export const checkCount = ({ counts, ms }: CheckFooter): string => {
  const parts = (Object.keys(signs) as CheckVerdict[]).filter((verdict) => counts[verdict] > 0);
  const ordered = ['pass', ...parts.filter((verdict) => verdict !== 'pass')] as CheckVerdict[];
  return `${ordered.map((verdict) => `${counts[verdict]} ${verdict}`).join(', ')} in ${(ms / 1000).toFixed(1)} s`;
};
