/**
 * From the trials of one target to one result for each rule. What a rule objects to is run again alone: a real server is not
 * deterministic, and what shows itself once in several runs is told as that.
 */
import type { CheckVerdict, ResultRecord, Story } from '../../spec/check-record.ts';
import type { Evidence, Rule } from '../../spec/rules/rule.ts';
import type { Scenario, Step } from '../../spec/scenario.ts';
import type { Finding } from '../../src/judge/judge.ts';
import { sequenceDiagram, stepSentences } from '../../src/render/story.ts';
import { casesOf, type History, scenarioOf } from './history.ts';
import { shortest } from './shrink.ts';
import type { Found, KitTarget } from './target.ts';
import { tokenOf } from './token.ts';
import { type HistoryTrial, type Trial, tryOut } from './trial.ts';
import { inSimulator } from './twin.ts';

export interface VerdictInput {
  readonly target: KitTarget;
  readonly found: Extract<Found, { kind: 'found' }>;
  readonly trials: readonly HistoryTrial[];
  readonly rules: readonly Rule[];
  readonly seed: number;
  readonly signal: AbortSignal;
  /** What is known is not run again: its page tells the story. */
  readonly isKnown: (rule: Rule) => boolean;
}

/** Runs of one suspect alone, and the time that making one short may take, in ms. */
const runsAlone = 3;
const shrinkTime = 10_000;
/** Results that are made short for one target, and the time after which no other is begun, in ms: with more, something is wrong with all of it. */
const mostStories = 12;
const longestStories = 60_000;

export async function resultsOf(input: VerdictInput): Promise<readonly ResultRecord[]> {
  const results: ResultRecord[] = [];
  let stories = 0;
  const giveUpAt = performance.now() + longestStories;
  for (const rule of input.rules) {
    const against = firstAgainst(input.trials, rule);
    const isNews = against && !input.isKnown(rule) && !isDefect(rule, against);
    if (isNews && performance.now() < giveUpAt && stories++ < mostStories)
      results.push(await investigated(input, rule, against));
    else results.push(summary(input, rule, against));
  }
  return results;
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
async function investigated(input: VerdictInput, rule: Rule, against: Against): Promise<ResultRecord> {
  const { target, found, seed, signal } = input;
  const first = summary(input, rule, against);
  const tried = async (steps: readonly Step[]): Promise<Trial> =>
    tryOut({ found, scenario: { deployment: against.history.deployment, steps }, rules: [rule], seed, signal });
  const shows = (trial: Trial): boolean => ['fail', 'warn'].includes(findingOf(trial, rule)?.verdict ?? '');

  const candidates = suspectsOf(against);
  let shown = 0;
  let best: { readonly steps: readonly Step[]; readonly trial: Trial } | null = null;
  for (const steps of candidates) {
    const again: Trial[] = [];
    for (let run = 0; run < runsAlone; run++) again.push(await tried(steps));
    shown = again.filter(shows).length;
    const trial = again.find(shows);
    if (!trial) continue;
    best = { steps, trial };
    break;
  }
  if (best === null)
    return told(
      first,
      sometimes(against),
      { shown: 1, of: 1 + runsAlone },
      storyOf(input, rule, against.history, against.trial, scenarioOf(against.history).steps),
      first.token,
    );

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
  const verdict = shown === runsAlone ? against.verdict : sometimes(against);
  const evidence = evidenceOf(trial, rule);
  return told(
    { ...first, detail: { ...first.detail, evidence: evidence.length > 0 ? evidence : first.detail.evidence } },
    verdict,
    { shown, of: runsAlone },
    storyOf(input, rule, against.history, trial, steps),
    token,
  );
}

/** What a MUST only warns of is a defect that the rule itself knows of this very server. */
const isDefect = ({ level }: Rule, { verdict }: Against): boolean => level === 'must' && verdict === 'warn';

/** A SHOULD that is broken sometimes, or a known defect that needs luck to be seen, is no more than it is always. */
const sometimes = ({ verdict }: Against): CheckVerdict => (verdict === 'warn' ? 'warn' : 'flaky');

/** What may show it alone: the cases of the evidence, then all cases up to the last of them. */
function suspectsOf({ history, trial, evidence }: Against): readonly (readonly Step[])[] {
  const involved = casesOf(history, trial.run.trace, evidence[0]?.seqs ?? []);
  const last = Math.max(...involved, 0);
  const own = history.cases.filter((_, index) => involved.has(index)).flatMap(({ steps }) => steps);
  const upTo = history.cases.slice(0, last + 1).flatMap(({ steps }) => steps);
  return own.length > 0 && own.length < upTo.length ? [own, upTo] : [upTo];
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
