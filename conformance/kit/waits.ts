/**
 * What a server makes whoever drives it wait for: processes that end, restarts, deadlines. Ten waits on ten servers are over
 * after one, so a row of cases is cut into several servers' lives, which go on side by side.
 *
 * The times are what real servers were seen to take, on the high side. No verdict depends on them.
 */
import type { Deployment } from '../../spec/deployment.ts';
import type { ApacheDeployment, DaemonGroup } from '../../spec/deployments/apache.ts';
import { route } from '../../spec/routing/route.ts';
import type { Step } from '../../spec/scenario.ts';
import { isDeaf } from '../../spec/serving/child-signals.ts';
import { assertNever } from '../../spec/vocabulary.ts';
import type { Case } from './history.ts';

/** What one life may wait, in ms; a single case may take longer. */
const longest = 12_000;

/** The cases in their order, in as many rows as there are to be servers. */
export function partsOf(deployment: Deployment, cases: readonly Case[]): readonly (readonly Case[])[] {
  const parts: Case[][] = [];
  let waited = 0;
  for (const one of cases) {
    const wait = waitOf(deployment, one);
    const last = parts.at(-1);
    if (last && (one.continues || waited + wait <= longest)) {
      last.push(one);
      waited += wait;
    } else {
      parts.push([one]);
      waited = wait;
    }
  }
  return parts;
}

/** About how long it is waited in a case, in ms. */
export const waitOf = (deployment: Deployment, { steps }: Pick<Case, 'steps'>): number =>
  steps.reduce((sum, step) => sum + waitIn(deployment, step), 0);

/** For a worker to be replaced, for a server to take its configuration again, for a program that shows PEP 3333; in ms. */
const replacement = 700;
const restart = { apache: 3500, workers: 2500 } as const;
/** Where a child has run a sub-interpreter it is killed in the end. See docs/findings/children-that-never-go.md. */
const killed = 10_500;
const program = 200;

function waitIn(deployment: Deployment, step: Step): number {
  switch (step.do) {
    case 'request':
      if (step.behave?.kind === 'perform') return program;
      return deployment.kind === 'apache' ? waitAtLimit(deployment, step) : 0;
    case 'hold':
    case 'crowd':
      return deployment.kind === 'apache' ? waitAtLimit(deployment, step) : 0;
    case 'await-replacement':
      return endOf(deployment);
    // What only time decides is mostly decided before the patience is over.
    case 'await-outcome':
      return step.atMost / 2;
    case 'rest':
      return step.ms;
    case 'act':
      switch (step.act.kind) {
        case 'server-signal':
          if (deployment.kind !== 'apache') return restart.workers;
          return step.act.signal === 'SIGHUP' && keepsChildren(deployment) ? killed : restart.apache;
        case 'touch':
          return endOf(deployment);
        default:
          return 0;
      }
    case 'await-import':
    case 'release':
      return 0;
    default:
      return assertNever(step);
  }
}

/**
 * How long one of its processes takes to end: in a daemon process mostly the whole shutdown-timeout, idle as it may be. See
 * docs/findings/end-waits-for-the-timeout.md.
 */
const endOf = (deployment: Deployment): number =>
  deployment.kind === 'apache' ? Math.max(replacement, ...deployment.daemons.map(timeToEnd)) : replacement;
const timeToEnd = ({ shutdownTimeout }: DaemonGroup): number => shutdownTimeout;

const keepsChildren = ({ server, daemons }: ApacheDeployment): boolean => isDeaf(server.mpm) && daemons.length === 0;

/** Its share of an end that comes after so many requests. */
function waitAtLimit(deployment: ApacheDeployment, { to }: Extract<Step, { to: unknown }>): number {
  const answer = route(deployment, to);
  if (answer.kind !== 'application') return 0;
  const group = deployment.daemons.find(({ name }) => name === answer.mount.processGroup);
  return group && group.maximumRequests > 0 ? timeToEnd(group) / group.maximumRequests : 0;
}
