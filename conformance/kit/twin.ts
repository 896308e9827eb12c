/** What the simulator does with the steps that a real server was seen to fail with. */
import type { Rule } from '../../spec/rules/rule.ts';
import type { Scenario } from '../../spec/scenario.ts';
import { happeningKinds } from '../../spec/trace.ts';
import { judge } from '../../src/judge/judge.ts';
import { simulate } from '../../src/simulator/simulate.ts';

/** One sentence: it keeps the rule, it breaks it as well, or it cannot take these steps. */
export function inSimulator(scenario: Scenario, rule: Rule, seed: number): string {
  try {
    const trace = simulate(scenario, { seed });
    const [finding] = judge({ deployment: scenario.deployment, trace }, [rule], new Set(happeningKinds));
    switch (finding?.verdict) {
      case 'pass':
        return 'The simulator takes the same steps and keeps the rule.';
      case 'fail':
      case 'warn':
        return 'The simulator takes the same steps and breaks the rule as well.';
      default:
        return `The simulator takes the same steps, and the rule is not decided there: ${finding && 'because' in finding ? finding.because : 'nothing was judged'}.`;
    }
  } catch (error) {
    return `The simulator cannot take these steps: ${error instanceof Error ? error.message : String(error)}.`;
  }
}
