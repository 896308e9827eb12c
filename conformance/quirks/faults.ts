/** Which rules of the interface a target breaks: it performs every program once, and what broke a rule is run again alone. */
import fc from 'fast-check';
import type { Deployment } from '../../spec/deployment.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import type { Rule } from '../../spec/rules/rule.ts';
import type { Scenario, Step } from '../../spec/scenario.ts';
import type { Trace } from '../../spec/trace.ts';
import type { World } from '../../spec/world.ts';
import { judge } from '../../src/judge/judge.ts';
import { isPerforming } from '../../src/probe/pep-situations.ts';
import { situationsOf } from '../../src/probe/situations.ts';
import { workerSituationsOf } from '../../src/probe/worker-situations.ts';
import type { KitTarget } from '../kit/target.ts';
import { tokenOf } from '../kit/token.ts';

export interface FoundFault {
  readonly rule: Rule;
  readonly evidence: string;
  /** Replays it. */
  readonly token: string;
}

const ofInterface = rules.filter(({ area }) => area === 'interface');
const seed = 1;

/** @throws Error where the target is not here, or is never deployed so that it can perform programs. */
export async function faultsOf(target: KitTarget, signal: AbortSignal): Promise<readonly FoundFault[]> {
  const found = await target.find();
  if (found.kind === 'missing') throw new Error(`${found.what} is missing`);
  const deployment = fc.sample(target.deployments, { numRuns: 50, seed: 5 }).find((one) => performing(one).length > 0);
  if (!deployment) throw new Error(`no deployment of ${target.id} can perform programs`);
  const world = found.world({ seed });
  const whole = { deployment, steps: performing(deployment) };
  const trace = await world.run(whole, signal);
  const faults: FoundFault[] = [];
  for (const finding of judge({ deployment, trace }, ofInterface, world.sees)) {
    if (finding.verdict !== 'fail' && finding.verdict !== 'warn') continue;
    const rule = ofInterface.find(({ id }) => id === finding.rule);
    const [evidence] = finding.evidence;
    if (!rule || !evidence) continue;
    const alone = { deployment, steps: stepsBehind(evidence.seqs, trace, whole.steps) };
    const scenario = (await breaks(rule, alone, world, signal)) ? alone : whole;
    const token = tokenOf({ target: target.id, rule: rule.id, seed, scenario });
    faults.push({ rule, evidence: evidence.says, token });
  }
  return faults;
}

const performing = (deployment: Deployment): readonly Step[] =>
  (deployment.kind === 'apache' ? situationsOf(deployment) : workerSituationsOf(deployment))
    .filter(isPerforming)
    .flatMap(({ steps }) => steps);

/** The steps that sent the requests of these events. */
function stepsBehind(seqs: readonly number[], trace: Trace, steps: readonly Step[]): readonly Step[] {
  const requests = new Set(
    trace.flatMap((event) => (seqs.includes(event.seq) && 'request' in event ? [event.request] : [])),
  );
  return steps.filter((step) => 'request' in step && requests.has(step.request));
}

async function breaks(rule: Rule, scenario: Scenario, world: World, signal: AbortSignal): Promise<boolean> {
  if (scenario.steps.length === 0) return false;
  const { deployment } = scenario;
  const [finding] = judge({ deployment, trace: await world.run(scenario, signal) }, [rule], world.sees);
  return finding?.verdict === 'fail' || finding?.verdict === 'warn';
}
