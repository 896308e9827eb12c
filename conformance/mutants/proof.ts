/** Whether a rule catches a mutant, and leaves the sound server alone. */
import { rules } from '../../spec/rules/catalogue.ts';
import type { Rule, Run } from '../../spec/rules/rule.ts';
import { type HappeningKind, happeningKinds } from '../../spec/trace.ts';
import type { World } from '../../spec/world.ts';
import { type Finding, judge } from '../../src/judge/judge.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import type { Mutant } from './mutant.ts';

/** What a client and the probe see of any server. */
export const outside: ReadonlySet<HappeningKind> = new Set<HappeningKind>([
  'request.sent',
  'request.released',
  'request.finished',
  'request.failed',
  'act.performed',
  'observation',
  'program.told',
  'response.progressed',
  'response.received',
  'exit-handler.called',
  'import.stalled',
]);
const everyKind = new Set(happeningKinds);

/** A run as a world shows it that sees no more than this. */
export const seenFrom = ({ deployment, trace }: Run, sees: World['sees']): Run => ({
  deployment,
  trace: trace.filter(({ kind }) => sees.has(kind)),
});

export interface Proof {
  readonly rule: Rule;
  readonly mutant: Mutant;
  /** What the rule says of a sound server in the mutant's scenario: it must pass. */
  readonly sound: Finding['verdict'];
  /** What it says of the mutant: a MUST fails, any other warns. */
  readonly unsound: Finding['verdict'];
  readonly isKilled: boolean;
  /** Whether it is caught as well where no event is seen that only the server itself can tell. */
  readonly isKilledFromOutside: boolean;
}

/** Every rule with each mutant that breaks it. */
export const pairs = (mutants: readonly Mutant[]): readonly { readonly rule: Rule; readonly mutant: Mutant }[] =>
  mutants.flatMap((mutant) =>
    mutant.breaks.flatMap((id) => rules.filter((rule) => rule.id === id).map((rule) => ({ rule, mutant }))),
  );

export function prove(rule: Rule, mutant: Mutant, seed: number): Proof {
  const { deployment } = mutant.scenario;
  const verdictOn = (run: Run, sees: World['sees'] = everyKind): Finding['verdict'] =>
    judge(seenFrom(run, sees), [rule], sees)[0]?.verdict ?? 'not-exercised';
  const broken = { deployment, trace: mutant.run(mutant.scenario, seed) };
  const sound = verdictOn({ deployment, trace: simulate(mutant.scenario, { seed }) });
  const unsound = verdictOn(broken);
  const unkept = rule.level === 'must' ? 'fail' : 'warn';
  return {
    rule,
    mutant,
    sound,
    unsound,
    isKilled: sound === 'pass' && unsound === unkept,
    isKilledFromOutside: sound === 'pass' && verdictOn(broken, outside) === unkept,
  };
}
