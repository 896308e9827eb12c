/**
 * Checks targets against rules: takes each through its histories, judges them, runs alone what went wrong, makes it short, and
 * tells all of it as records. No printing: the command does that.
 */
import { setMaxListeners } from 'node:events';
import type {
  CheckedTarget,
  CheckFooter,
  CheckHeader,
  CheckRecord,
  HistoryRecord,
  ResultRecord,
} from '../../spec/check-record.ts';
import { checkExitCode, checkVersion, countVerdicts, stuckIn } from '../../spec/check-record.ts';
import type { Rule } from '../../spec/rules/rule.ts';
import type { Finding } from '../../src/judge/judge.ts';
import { driveTogether } from './drive-together.ts';
import { type Planned, scenarioOf } from './history.ts';
import { coversAny, isKnown, type KnownFinding, staleEntries } from './known.ts';
import { inLanes } from './lanes.ts';
import { type PlanOptions, planOf } from './plan.ts';
import type { Found, KitTarget } from './target.ts';
import { type HistoryTrial, tryOut } from './trial.ts';
import { resultsOf } from './verdicts.ts';
import { waitOf } from './waits.ts';

export interface CheckInput extends PlanOptions {
  readonly targets: readonly KitTarget[];
  readonly rules: readonly Rule[];
  /** Servers that run at the same time. */
  readonly lanes: number;
  readonly known: readonly KnownFinding[];
  /** A broken SHOULD is a failure. */
  readonly strict: boolean;
  /** The part of the histories that is run here; absent is all. */
  readonly shard?: { readonly index: number; readonly of: number };
  readonly tool: string;
  readonly signal: AbortSignal;
  /** Hears each record as soon as it is certain. */
  readonly onRecord: (record: CheckRecord) => void;
  /** Hears what is being done to a target; an empty text is the end of it. */
  readonly onProgress?: (target: string, doing: string) => void;
  /** Hears what the rules say of one history, before anything is run again: results are made of these. */
  readonly onFindings?: (target: string, findings: readonly Finding[]) => void;
}

/** A target whose histories are being run, several at a time. */
interface Underway extends FoundTarget {
  /** What was not begun yet. */
  readonly plan: Generator<Planned>;
  /** Histories that are not over yet. */
  left: number;
  readonly trials: HistoryTrial[];
}

type FoundTarget = { readonly target: KitTarget; readonly found: Extract<Found, { kind: 'found' }> };

/** @throws the reason of `signal` when it is aborted; nothing is then left running. */
export async function check(input: CheckInput): Promise<CheckFooter> {
  const { targets, rules, known, strict, signal, onRecord } = input;
  const began = performance.now();
  // Each server that runs listens to it, and so does each wait of its driver.
  setMaxListeners(0, signal);
  const looked = await Promise.all(targets.map(async (target) => ({ target, found: await target.find() })));
  onRecord(
    headerOf(
      input,
      looked.map((one) => described(one, input.thorough)),
    ),
  );
  const present = looked.flatMap(({ target, found }): FoundTarget[] =>
    found.kind === 'found' ? [{ target, found }] : [],
  );
  const results: ResultRecord[] = [];
  const histories: HistoryRecord[] = [];
  let broke = false;
  const tell = async (done: Underway): Promise<void> => {
    const { target, found, trials } = done;
    broke ||= trials.some(({ trial }) => trial.broke !== null);
    input.onProgress?.(target.id, 'what broke a rule is run alone');
    const ofTarget = await resultsOf({
      target,
      found,
      trials: trials.toSorted((a, b) => a.history.number - b.history.number),
      rules,
      seed: input.seed,
      signal,
      isKnown: (rule) => coversAny(known, target.id, rule.id),
    });
    for (const result of ofTarget) {
      const because = isKnown(result, known);
      const told: ResultRecord =
        because === null ? result : { ...result, detail: { ...result.detail, known: because } };
      results.push(told);
      onRecord(told);
    }
    input.onProgress?.(target.id, '');
  };
  const underway = present.map(
    (one): Underway => ({ ...one, plan: historiesOf(one.target, input), left: 0, trials: [] }),
  );
  const run = async ({ one, history }: { readonly one: Underway; readonly history: Planned }): Promise<void> => {
    const { told, ...trial } = await oneHistory(one, history, input);
    one.trials.push(trial);
    histories.push(told);
  };
  // Alone, and before anything else is drawn, so that there is something to see: servers that start together are ready together.
  const [foremost] = underway;
  const greeting = foremost?.plan.next();
  if (foremost && greeting?.done === false) await run({ one: foremost, history: greeting.value });
  const jobs = underway.flatMap((one) => longestFirst([...one.plan]).map((history) => ({ one, history })));
  for (const { one } of jobs) one.left++;
  // What has nothing to run has results as well: nothing was exercised.
  for (const idle of underway.filter(({ left }) => left === 0)) await tell(idle);
  await inLanes(jobs, input.lanes, async (job) => {
    await run(job);
    if (--job.one.left === 0) await tell(job.one);
  });
  const stale = input.shard ? [] : staleEntries(results, known);
  const footer: CheckFooter = {
    kind: 'footer',
    counts: countVerdicts(results),
    stale,
    ...stuckIn(histories),
    ms: Math.round(performance.now() - began),
    exitCode: checkExitCode(results, stale, { strict, broke }),
  };
  onRecord(footer);
  return footer;
}

/** The histories of a target that are run here. */
function* historiesOf(target: KitTarget, input: CheckInput): Generator<Planned> {
  const { shard } = input;
  for (const history of planOf(target, input))
    if (!shard || history.number % shard.of === shard.index - 1) yield history;
}

/** The first one stays where it is: it is short, and shows something soon. */
function longestFirst([first, ...rest]: readonly Planned[]): readonly Planned[] {
  // How long commands will make it wait nobody knows: about as long as a schedule.
  const wait = (one: Planned): number =>
    one.kind === 'driven' ? 10_000 : one.cases.reduce((sum, each) => sum + waitOf(one.deployment, each), 0);
  return first ? [first, ...rest.toSorted((a, b) => wait(b) - wait(a))] : [];
}

async function oneHistory(
  { target, found }: FoundTarget,
  planned: Planned,
  input: CheckInput,
): Promise<HistoryTrial & { readonly told: HistoryRecord }> {
  const { rules, seed, signal, onRecord, onProgress, onFindings } = input;
  onProgress?.(target.id, `history ${planned.number}`);
  const { history, trial } =
    planned.kind === 'driven'
      ? await driveTogether(planned, { found, rules, signal })
      : {
          history: planned,
          trial: await tryOut({ found, scenario: scenarioOf(planned), rules, seed, signal }),
        };
  onFindings?.(target.id, trial.findings);
  const told: HistoryRecord = {
    kind: 'history',
    target: target.id,
    history: history.number,
    cases: history.cases.length,
    ...(planned.kind === 'driven' && { driven: true }),
    requests: trial.run.trace.filter(({ kind }) => kind === 'request.sent').length,
    events: trial.run.trace.length,
    ms: Math.round(trial.ms),
    broke: trial.broke,
    ...(trial.stuck && { stuck: trial.stuck }),
  };
  onRecord(told);
  return { history, trial, told };
}

const headerOf = ({ tool, seed, cases, shard }: CheckInput, targets: readonly CheckedTarget[]): CheckHeader => ({
  kind: 'header',
  version: checkVersion,
  tool,
  began: new Date().toISOString(),
  seed,
  cases,
  ...(shard && { shard }),
  targets,
});

const described = (
  { target, found }: { readonly target: KitTarget; readonly found: Found },
  thorough = false,
): CheckedTarget => ({
  id: target.id,
  title: target.title,
  ...(found.kind === 'found'
    ? { version: found.version, ...(thorough && target.rareOccasions?.length && { rare: target.rareOccasions.length }) }
    : { version: null, missing: { what: found.what, fix: found.fix } }),
});
