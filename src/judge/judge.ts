/** Asks every rule about one run. */

import { modWsgiReleases } from '../../spec/deployments/apache.ts';
import { type Evidence, type Judgement, type Rule, type Run, subjectsOf } from '../../spec/rules/rule.ts';
import type { HappeningKind } from '../../spec/trace.ts';
import { assertNever } from '../../spec/vocabulary.ts';
import type { World } from '../../spec/world.ts';

/** What came of asking one rule. */
export type Finding = { readonly rule: string; readonly level: Rule['level'] } & Verdict;

export type Verdict =
  | { readonly verdict: 'pass'; readonly exercised: number }
  | { readonly verdict: 'fail'; readonly exercised: number; readonly evidence: readonly Evidence[] }
  /** A broken SHOULD, or a defect that the server described by the rule is known to have. */
  | { readonly verdict: 'warn'; readonly exercised: number; readonly evidence: readonly Evidence[] }
  /** The situation never arose, or this world cannot see it. */
  | { readonly verdict: 'not-exercised'; readonly because: string }
  /** The rule is about something that this deployment or this release does not have. */
  | { readonly verdict: 'not-applicable'; readonly because: string }
  /** The rule itself broke: our fault, never the server's. */
  | { readonly verdict: 'harness-failed'; readonly because: string };

/**
 * Judges a run by rules, in their order.
 * @param sees - The kinds of event that the world of this run can see; a rule that needs others is not exercised.
 * @param ofDaemons - What it sees of daemon processes alone.
 * @returns one finding for each rule. It never throws: a rule that does is a finding too.
 */
export function judge(
  run: Run,
  rules: readonly Rule[],
  sees: World['sees'],
  ofDaemons: World['seesOfDaemons'] = new Set(),
): readonly Finding[] {
  // Of processes of which only some are told nobody may count on what is told.
  const others = ofDaemons.size > 0 ? { ...run, trace: run.trace.filter(({ kind }) => sees.has(kind)) } : run;
  const all = new Set([...sees, ...ofDaemons]);
  return rules.map((rule) => ({
    rule: rule.id,
    level: rule.level,
    ...(asksOfDaemons(rule, ofDaemons) ? verdictOf(rule, run, all) : verdictOf(rule, others, sees)),
  }));
}

const asksOfDaemons = ({ appliesTo, needs }: Rule, ofDaemons: ReadonlySet<HappeningKind>): boolean =>
  appliesTo.every((subject) => subject === 'mod_wsgi-daemon') && needs.some((kind) => ofDaemons.has(kind));

function verdictOf(rule: Rule, run: Run, sees: World['sees']): Verdict {
  const inapplicable = whyNotApplicable(rule, run);
  if (inapplicable !== null) return { verdict: 'not-applicable', because: inapplicable };
  const unseen = rule.needs.filter((kind) => !sees.has(kind));
  if (unseen.length > 0) return { verdict: 'not-exercised', because: `this world does not show ${unseen.join(', ')}` };
  try {
    return inWords(rule, rule.judge(run));
  } catch (error) {
    return { verdict: 'harness-failed', because: error instanceof Error ? error.message : String(error) };
  }
}

function whyNotApplicable({ appliesTo, since, until }: Rule, { deployment }: Run): string | null {
  const subjects = subjectsOf(deployment);
  if (!appliesTo.some((subject) => subjects.has(subject)))
    return `it is about ${appliesTo.join(', ')}, and the deployment is ${[...subjects].join(', ')}`;
  if (deployment.kind !== 'apache') return null;
  const release = modWsgiReleases.indexOf(deployment.server.modWsgi);
  if (since !== undefined && release < modWsgiReleases.indexOf(since)) return `it holds from mod_wsgi ${since} on`;
  if (until !== undefined && release > modWsgiReleases.indexOf(until)) return `it holds up to mod_wsgi ${until}`;
  return null;
}

function inWords(rule: Rule, judgement: Judgement): Verdict {
  switch (judgement.kind) {
    case 'pass':
      return { verdict: 'pass', exercised: judgement.exercised };
    case 'fail': {
      const { exercised, evidence } = judgement;
      return { verdict: rule.level === 'must' ? 'fail' : 'warn', exercised, evidence };
    }
    case 'known-defect':
      return { verdict: 'warn', exercised: judgement.exercised, evidence: judgement.evidence };
    case 'not-exercised':
      return { verdict: 'not-exercised', because: judgement.because };
    default:
      return assertNever(judgement);
  }
}

/**
 * What a command that judged should exit with: 0 every rule that could be decided holds, 1 a rule failed, 2 nothing was
 * decided, 3 the kit itself broke, whatever else was found.
 */
export function exitCode(findings: readonly Finding[]): 0 | 1 | 2 | 3 {
  const has = (...verdicts: readonly Finding['verdict'][]): boolean =>
    findings.some(({ verdict }) => verdicts.includes(verdict));
  if (has('harness-failed')) return 3;
  if (has('fail')) return 1;
  return has('pass', 'warn') ? 0 : 2;
}
