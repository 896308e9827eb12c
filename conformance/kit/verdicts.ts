/**
 * From the trials of one target to one result for each rule. What a rule objects to is run again alone: a real server is not
 * deterministic, and what shows itself once in several runs is told as that.
 */
import type { CheckVerdict, ResultRecord, Story } from '../../spec/check-record.ts';
import type { Evidence, Rule } from '../../spec/rules/rule.ts';
import type { Scenario, Step } from '../../spec/scenario.ts';
import type { Trace } from '../../spec/trace.ts';
import type { RequestId } from '../../spec/vocabulary.ts';
import type { Finding } from '../../src/judge/judge.ts';
import { sequenceDiagram, stepSentences } from '../../src/render/story.ts';
import { casesOf, type History, requestsOf, scenarioOf } from './history.ts';
import { inLanes } from './lanes.ts';
import { shortest, withoutOrphans } from './shrink.ts';
import type { Found, KitTarget } from './target.ts';
import { tokenOf } from './token.ts';
import { type HistoryTrial, type Trial, tryOut } from './trial.ts';
import { inSimulator } from './twin.ts';
import { waitOf } from './waits.ts';

export interface VerdictInput {
  readonly target: KitTarget;
  readonly found: Extract<Found, { kind: 'found' }>;
  readonly trials: readonly HistoryTrial[];
  readonly rules: readonly Rule[];
  readonly seed: number;
  readonly signal: AbortSignal;
  /** What is known is run again once, and not made short for long: its page tells the story. */
  readonly isKnown: (rule: Rule) => boolean;
}

/** What finding out about one suspect may cost. */
interface Effort {
  /** Runs of it alone. */
  readonly runs: number;
  /** How long making it short may take, in ms. */
  readonly shrinkTime: number;
  /** What makes its server wait longer than this, in ms, is not run. */
  readonly longestWait: number;
  /** Results of one target that get this, and the time after which no other is begun, in ms. */
  readonly most: number;
  readonly longest: number;
}
/** With more of them something is wrong with all of the server. */
const forNews: Effort = {
  runs: 3,
  shrinkTime: 10_000,
  longestWait: Number.POSITIVE_INFINITY,
  most: 12,
  longest: 60_000,
};
/** What is known has its page: one run says whether the page still holds, and that its token is no long one. */
const forKnown: Effort = { runs: 1, shrinkTime: 0, longestWait: 2_500, most: 24, longest: 10_000 };
/** Suspects that are run at the same time. */
const lanes = 3;

/** One result for each rule, in their order. */
export async function resultsOf(input: VerdictInput): Promise<readonly ResultRecord[]> {
  const results = new Map(
    input.rules.map((rule) => {
      const against = firstAgainst(input.trials, rule);
      return [rule, { against, result: summary(input, rule, against) }] as const;
    }),
  );
  const suspects = [...results].flatMap(([rule, { against }]) => (against ? [{ rule, against }] : []));
  const isNews = ({ rule, against }: Suspect): boolean => !input.isKnown(rule) && !isDefect(rule, against);
  const find = async (some: readonly Suspect[], effort: Effort): Promise<void> => {
    const giveUpAt = performance.now() + effort.longest;
    await inLanes(some.slice(0, effort.most), lanes, async ({ rule, against }) => {
      if (performance.now() < giveUpAt)
        results.set(rule, { against, result: await investigated(input, rule, against, effort) });
    });
  };
  await find(suspects.filter(isNews), forNews);
  await find(
    suspects.filter((suspect) => !isNews(suspect)),
    forKnown,
  );
  return [...results.values()].map(({ result }) => result);
}

interface Suspect {
  readonly rule: Rule;
  readonly against: Against;
}

interface Against {
  readonly history: History;
  readonly trial: Trial;
  readonly verdict: 'fail' | 'warn';
  readonly evidence: readonly Evidence[];
}

/** The first trial with something against the rule; what fails it before what it only warns of. */
function firstAgainst(trials: readonly HistoryTrial[], rule: Rule): Against | null {
  for (const wanted of ['fail', 'warn'] as const)
    for (const { history, trial } of trials) {
      const finding = findingOf(trial, rule);
      if (finding?.verdict === wanted) return { history, trial, verdict: wanted, evidence: finding.evidence };
    }
  return null;
}

const findingOf = ({ findings }: Trial, rule: Rule): Finding | undefined =>
  findings.find((one) => one.rule === rule.id);

/** A result as the histories alone tell it. */
function summary({ target, trials, seed }: VerdictInput, rule: Rule, against: Against | null): ResultRecord {
  const findings = trials.flatMap(({ trial }) => findingOf(trial, rule) ?? []);
  const exercised = findings.reduce((sum, finding) => sum + ('exercised' in finding ? finding.exercised : 0), 0);
  const verdict = against?.verdict ?? verdictOf(findings);
  const undecided = findings.find((finding) => 'because' in finding);
  const shown = against ?? trials.find(({ trial }) => findingOf(trial, rule)?.verdict === 'pass') ?? null;
  return {
    ...headOf(target, rule),
    verdict,
    case: against ? caseName(against) : null,
    token: shown && tokenOf({ target: target.id, rule: rule.id, seed, scenario: scenarioOf(shown.history) }),
    detail: {
      exercised,
      evidence: against?.evidence ?? [],
      because: exercised === 0 && undecided && 'because' in undecided ? undecided.because : null,
      again: null,
      story: null,
      known: null,
    },
  };
}

const headOf = ({ id: target }: KitTarget, { id, level, area }: Rule) =>
  ({ kind: 'result', target, rule: id, level, area }) as const;

function verdictOf(findings: readonly Finding[]): CheckVerdict {
  const has = (verdict: Finding['verdict']): boolean => findings.some((finding) => finding.verdict === verdict);
  if (has('harness-failed')) return 'harness-failed';
  if (has('pass')) return 'pass';
  return has('not-applicable') && !has('not-exercised') ? 'not-applicable' : 'not-exercised';
}

function caseName({ history, trial, evidence }: Against): string {
  const indices = [...casesOf(history, trial.run.trace, evidence[0]?.seqs ?? [])].toSorted((a, b) => a - b);
  const named = indices.map((index) => `case ${index + 1}: ${history.cases[index]?.name}`);
  return [`history ${history.number}`, ...named.slice(-1)].join(', ');
}

/** A result whose suspect was run alone, and made as short as the time allows. */
async function investigated(
  input: VerdictInput,
  rule: Rule,
  against: Against,
  { runs, shrinkTime, longestWait }: Effort,
): Promise<ResultRecord> {
  const { target, found, seed, signal } = input;
  const first = summary(input, rule, against);
  let stuck = 0;
  const tried = async (steps: readonly Step[]): Promise<Trial> => {
    const scenario: Scenario = { deployment: against.history.deployment, steps };
    const trial = await tryOut({ found, scenario, rules: [rule], seed, signal });
    stuck += trial.stuck?.shown ?? 0;
    return trial;
  };
  const againOf = (shown: number, of: number) => ({ shown, of, ...(stuck > 0 && { stuck }) });
  const shows = (trial: Trial): boolean => ['fail', 'warn'].includes(findingOf(trial, rule)?.verdict ?? '');

  const { deployment } = against.history;
  const candidates = suspectsOf(against).filter((steps) => waitOf(deployment, { steps }) <= longestWait);
  if (candidates.length === 0) return first;
  let best: { readonly steps: readonly Step[]; readonly trial: Trial; readonly shown: number } | null = null;
  // What shows it every time is taken, or else what shows it most often: less than its case may be too little.
  for (const steps of candidates) {
    const again: Trial[] = [];
    for (let run = 0; run < runs; run++) again.push(await tried(steps));
    const shown = again.filter(shows).length;
    const trial = again.find(shows);
    if (trial && shown > (best?.shown ?? 0)) best = { steps, trial, shown };
    if (shown === runs) break;
  }
  if (best === null)
    return told(
      first,
      sometimes(against),
      againOf(1, 1 + runs),
      storyOf(input, rule, against.history, against.trial, scenarioOf(against.history).steps),
      first.token,
    );

  const { shown } = best;
  let { trial } = best;
  const giveUpAt = performance.now() + shrinkTime;
  const steps = await shortest(
    best.steps,
    async (fewer) => {
      const next = await tried(fewer);
      if (shows(next)) trial = next;
      return shows(next);
    },
    () => performance.now() < giveUpAt,
  );
  const scenario: Scenario = { deployment: against.history.deployment, steps };
  const token = tokenOf({ target: target.id, rule: rule.id, seed, scenario });
  const verdict = shown === runs ? against.verdict : sometimes(against);
  const evidence = evidenceOf(trial, rule);
  return told(
    { ...first, detail: { ...first.detail, evidence: evidence.length > 0 ? evidence : first.detail.evidence } },
    verdict,
    againOf(shown, runs),
    storyOf(input, rule, against.history, trial, steps),
    token,
  );
}

/** What a MUST only warns of is a defect that the rule itself knows of this very server. */
const isDefect = ({ level }: Rule, { verdict }: Against): boolean => level === 'must' && verdict === 'warn';

/** A SHOULD that is broken sometimes, or a known defect that needs luck to be seen, is no more than it is always. */
const sometimes = ({ verdict }: Against): CheckVerdict => (verdict === 'warn' ? 'warn' : 'flaky');

/** What may show it alone: the requests of the evidence, their cases, then all cases up to the last of them. */
function suspectsOf({ history, trial, evidence }: Against): readonly (readonly Step[])[] {
  const asked = requestsIn(trial.run.trace, evidence[0]?.seqs ?? []);
  const narrow = withoutOrphans(
    scenarioOf(history).steps.filter((step) => requestsOf(step).some((request) => asked.has(request))),
  );
  const involved = casesOf(history, trial.run.trace, evidence[0]?.seqs ?? []);
  const last = Math.max(...involved, 0);
  const own = history.cases.filter((_, index) => involved.has(index)).flatMap(({ steps }) => steps);
  const upTo = history.cases.slice(0, last + 1).flatMap(({ steps }) => steps);
  const rows = [narrow, own, upTo];
  return rows.filter((row, index) => row.length > 0 && row.length !== rows[index + 1]?.length);
}

/** The requests that these events name; none where one of them names none, for then they do not tell all. */
function requestsIn(trace: Trace, seqs: readonly number[]): ReadonlySet<RequestId> {
  const named = seqs.map((seq) => {
    const event = trace[seq - 1];
    return event && 'request' in event ? event.request : null;
  });
  return new Set(named.includes(null) ? [] : named.filter((request) => request !== null));
}

const evidenceOf = (trial: Trial, rule: Rule): readonly Evidence[] => {
  const finding = findingOf(trial, rule);
  return finding && 'evidence' in finding ? finding.evidence : [];
};

function storyOf(
  { found, seed }: VerdictInput,
  rule: Rule,
  { deployment }: History,
  trial: Trial,
  steps: readonly Step[],
): Story {
  const marked = new Set(evidenceOf(trial, rule).flatMap(({ seqs }) => seqs));
  return {
    steps: stepSentences(steps),
    sequence: sequenceDiagram(trial.run.trace, marked),
    configuration: found.configuration?.(deployment) ?? null,
    log: trial.log,
    simulated: inSimulator({ deployment, steps }, rule, seed),
  };
}

const told = (
  result: ResultRecord,
  verdict: CheckVerdict,
  again: NonNullable<ResultRecord['detail']['again']>,
  story: Story,
  token: string | null,
): ResultRecord => ({ ...result, verdict, token, detail: { ...result.detail, again, story } });
