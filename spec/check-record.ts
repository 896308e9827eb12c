/**
 * What a check of servers tells, as a stream: a header, what each history showed, one result for each target and rule, a
 * footer. Written as NDJSON, one record a line; programs rely on it.
 */
import type { Area, Evidence, Rule } from './rules/rule.ts';

export type CheckRecord = CheckHeader | HistoryRecord | ResultRecord | CheckFooter;

/** The version of this form. Readers refuse what they do not know. */
export const checkVersion = 1;

export interface CheckHeader {
  readonly kind: 'header';
  readonly version: typeof checkVersion;
  /** The version of wsgiscope. */
  readonly tool: string;
  /** ISO 8601, UTC. */
  readonly began: string;
  readonly seed: number;
  /** Generated cases for each target. */
  readonly cases: number;
  /** Which part of how many this is; absent where it is the whole. */
  readonly shard?: { readonly index: number; readonly of: number };
  readonly targets: readonly CheckedTarget[];
}

export interface CheckedTarget {
  readonly id: string;
  readonly title: string;
  /** What the server says it is; null where it is not here. */
  readonly version: string | null;
  /** What is not here, and how to get it. */
  readonly missing?: { readonly what: string; readonly fix: string };
  /** How many deployments were tried that are made for rules which drawn ones hardly ever exercise; absent is none. */
  readonly rare?: number;
}

/** One server started, taken through its cases, and stopped. */
export interface HistoryRecord {
  readonly kind: 'history';
  readonly target: string;
  /** From 0, first those of the situations that rules ask for, then generated ones, then driven ones. */
  readonly history: number;
  readonly cases: number;
  /** fast-check chose its steps on the way: a server and its model were driven together. Absent where they stood before. */
  readonly driven?: true;
  readonly requests: number;
  readonly events: number;
  readonly ms: number;
  /** Why it could not be brought to its end: our fault or the machine's, never the server's. Null where it was. */
  readonly broke: string | null;
  /** In how many of its tries nothing happened for so long that it was given up; what is told is the last one. Absent where none was. */
  readonly stuck?: Share;
}

/** Of so many runs so many showed it. */
export interface Share {
  readonly shown: number;
  readonly of: number;
}

export const checkVerdicts = [
  'pass',
  'fail',
  'warn',
  'flaky',
  'not-exercised',
  'not-applicable',
  'dependency-failed',
  'harness-failed',
] as const;
export type CheckVerdict = (typeof checkVerdicts)[number];

/** What one rule says of one target, all histories together. */
export interface ResultRecord {
  readonly kind: 'result';
  readonly target: string;
  readonly rule: string;
  readonly level: Rule['level'];
  readonly area: Area;
  readonly verdict: CheckVerdict;
  /** The case that shows it, as `history 2, case 7: …`; null where no single one does. */
  readonly case: string | null;
  /** Replays it, alone and as short as it could be made; null where there is nothing to replay. */
  readonly token: string | null;
  readonly detail: ResultDetail;
}

export interface ResultDetail {
  /** How many situations could have broken the rule. */
  readonly exercised: number;
  /** In words; empty where nothing is against the rule. */
  readonly evidence: readonly Evidence[];
  /** Why nothing was decided; null where something was. */
  readonly because: string | null;
  /**
   * Of how many runs of the same case alone so many showed it; null where none was run alone. `stuck`: so many others were given up,
   * because nothing happened in them, and tried again; absent where none was.
   */
  readonly again: (Share & { readonly stuck?: number }) | null;
  /** The shortest run that shows it. */
  readonly story: Story | null;
  /** The reason why this is known of this target, from the list of known findings. */
  readonly known: string | null;
}

/** A run told so that a person can follow it. */
export interface Story {
  /** What was done, step by step. */
  readonly steps: readonly string[];
  /** A Mermaid sequence diagram of what then happened. */
  readonly sequence: string;
  /** The configuration, in the server's own words; null where the world has none to show. */
  readonly configuration: string | null;
  /** The last lines of the server's log. */
  readonly log: readonly string[];
  /** What the simulator does with the same steps: it keeps the rule, it breaks it too, or it cannot take them. */
  readonly simulated: string;
}

export interface CheckFooter {
  readonly kind: 'footer';
  readonly counts: Readonly<Record<CheckVerdict, number>>;
  /** Known findings that were not found: their entries are out of date. */
  readonly stale: readonly StaleEntry[];
  /** Tries of histories that were stuck; absent where none was. */
  readonly stuck?: Share;
  readonly ms: number;
  readonly exitCode: 0 | 1 | 2 | 3;
}

export interface StaleEntry {
  readonly target: string;
  readonly rule: string;
  readonly because: string;
}

/** How many tries of these histories were stuck, as a footer tells it. */
export function stuckIn(histories: readonly HistoryRecord[]): Pick<CheckFooter, 'stuck'> {
  const shown = histories.reduce((sum, { stuck }) => sum + (stuck?.shown ?? 0), 0);
  const of = histories.reduce((sum, { stuck }) => sum + (stuck?.of ?? 1), 0);
  return shown > 0 ? { stuck: { shown, of } } : {};
}

/** How many results have each verdict. */
export function countVerdicts(results: readonly ResultRecord[]): CheckFooter['counts'] {
  const counts = Object.fromEntries(checkVerdicts.map((verdict) => [verdict, 0])) as Record<CheckVerdict, number>;
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

/**
 * What a check exits with.
 *
 * 0 every rule that could be decided holds, or its breach is known; 1 a rule failed, a SHOULD did under `strict`, or a
 * known finding is out of date; 2 nothing was decided; 3 the kit itself broke: a rule did, or a run (`broke`).
 */
export function checkExitCode(
  results: readonly ResultRecord[],
  stale: readonly StaleEntry[],
  { strict = false, broke = false }: { readonly strict?: boolean; readonly broke?: boolean } = {},
): CheckFooter['exitCode'] {
  const has = (...verdicts: readonly CheckVerdict[]): boolean =>
    results.some(({ verdict, detail }) => verdicts.includes(verdict) && detail.known === null);
  if (broke || has('harness-failed')) return 3;
  if (has('fail', ...(strict ? (['warn', 'flaky'] as const) : [])) || stale.length > 0) return 1;
  return results.some(({ verdict }) => ['pass', 'warn', 'fail', 'flaky'].includes(verdict)) ? 0 : 2;
}
