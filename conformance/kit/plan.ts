/** Which histories a target goes through: what rules ask for first, then generated schedules. One seed gives one plan. */
import fc from 'fast-check';
import type { Deployment } from '../../spec/deployment.ts';
import { workersOf } from '../../spec/workers.ts';
import { isPerforming } from '../../src/probe/pep-situations.ts';
import { Asking, situationsOf } from '../../src/probe/situations.ts';
import { endingsOf } from '../../src/probe/worker-endings.ts';
import {
  isUnhurried,
  ownSituationsOf,
  workerEnd,
  workerPrograms,
  workerSituationsOf,
} from '../../src/probe/worker-situations.ts';
import { anySchedule, groundsOf } from '../arbitraries/schedules.ts';
import type { Case, History, Planned } from './history.ts';
import type { KitTarget } from './target.ts';
import { partsOf } from './waits.ts';

export interface PlanOptions {
  readonly seed: number;
  /** Generated cases for each target. */
  readonly cases: number;
  /** Rows of commands for each target whose machines are known. */
  readonly rows: number;
  /** Whether the rare occasions of a target are tried as well. */
  readonly thorough?: boolean;
}

/** Generated cases that share one deployment, and mostly one server: starting one costs as much as several of them. */
const casesOfSchedule = 25;

/**
 * The histories of a target, each drawn when it is asked for. The first one is over at once: there is something to see before
 * anything is waited for. Those that go on from one deployment share it, and not the server.
 */
export function* planOf(target: KitTarget, options: PlanOptions): Generator<Planned> {
  let number = 0;
  for (const life of livesOf(target, options))
    if (life.cases.length > 0) yield { kind: 'scheduled', number: number++, ...life };
  for (let row = 0; row < options.rows; row++) {
    const seed = mixed(options.seed, -1 - row);
    const deployment = drawnOne(target.deployments.filter(isLasting), seed);
    if (hasMachines(deployment)) yield { kind: 'driven', number: number++, deployment, seed };
  }
  for (const deployment of options.thorough ? (target.rareOccasions ?? []) : [])
    for (const life of cutUp(target, { deployment, cases: occasionFor(deployment) }))
      yield { kind: 'scheduled', number: number++, ...life };
}

/** Whether somebody described what its processes do; of any other server only what all have in common is known. */
const hasMachines = (deployment: Deployment): boolean => deployment.kind !== 'plain' && groundsOf(deployment) !== null;

function* livesOf(target: KitTarget, options: PlanOptions): Generator<Life> {
  const { deployment, cases } = drawnOne(target.deployments.map(situationsFor).filter(answers), mixed(options.seed, 0));
  yield { deployment, cases: cases.slice(0, 1) };
  yield* cutUp(target, { deployment, cases: cases.slice(1) });
  for (const occasion of target.occasions ?? []) yield { deployment: occasion, cases: occasionFor(occasion) };
  const count = Math.max(Math.ceil(options.cases / casesOfSchedule), performs(cases) ? 0 : 1);
  for (let index = 0; index < count; index++)
    yield* cutUp(target, schedule(target, index, options, index === 0 && !performs(cases)));
}

type Life = Omit<History, 'number'>;

const cutUp = ({ isPrompt }: KitTarget, { deployment, cases }: Life): readonly Life[] =>
  isPrompt ? [{ deployment, cases }] : partsOf(deployment, cases).map((part) => ({ deployment, cases: part }));

/**
 * Generated cases for one deployment. They are drawn alone: those before and after make no difference.
 * @param index - From 0.
 * @param owesPrograms - Whether PEP 3333 is to be shown here, because the situations do not.
 */
function schedule(target: KitTarget, index: number, options: PlanOptions, owesPrograms: boolean): Life {
  const seed = mixed(options.seed, index + 1);
  const deployment = drawnOne(
    target.deployments.filter((one) => isLasting(one) && (!owesPrograms || canPerform(one))),
    seed,
  );
  const count = Math.min(casesOfSchedule, options.cases - index * casesOfSchedule);
  const asking = new Asking();
  const schedules = drawn(anySchedule(deployment), seed, count).map((made) => made(asking));
  const programs = owesPrograms && deployment.kind !== 'apache' ? workerPrograms(deployment, asking) : [];
  return { deployment, cases: [...schedules, ...programs, ...endOf(deployment, index + 1, asking)] };
}

/** Whether there is anything to ask: a deployment may have no address at all. */
const answers = ({ cases }: Life): boolean => cases.length > 0;

/** Whether its cases show how PEP 3333 is kept. Those of a server that does not give a request its time do not. */
const performs = (cases: readonly Case[]): boolean => cases.some(isPerforming);
const canPerform = (deployment: Deployment): boolean => deployment.kind === 'apache' || isUnhurried(deployment);

/** Requests after which a process may be replaced, where a history is to have many: each replacement costs a start. */
const manyRequests = 20;

/** Whether its processes outlast most schedules; the situations have those that do not. */
function isLasting(deployment: Deployment): boolean {
  if (deployment.kind !== 'apache') return (workersOf(deployment).allowance?.min ?? manyRequests) >= manyRequests;
  const limits = [
    deployment.children.maxConnectionsPerChild,
    ...deployment.daemons.map((group) => group.maximumRequests),
  ];
  return limits.every((limit) => limit === 0 || limit >= manyRequests);
}

/** A server of workers is left in each way that it has, one after each schedule. */
function endOf(deployment: Deployment, number: number, asking: Asking): readonly Case[] {
  if (deployment.kind === 'apache') return [];
  const endings = endingsOf(deployment);
  const ending = endings[number % endings.length];
  const end = ending === undefined ? null : workerEnd(deployment, ending, asking);
  return end ? [end] : [];
}

const situationsFor = (deployment: Deployment): Life => ({
  deployment,
  cases: deployment.kind === 'apache' ? situationsOf(deployment) : workerSituationsOf(deployment),
});

/** What it has of its own: a server is started for each, and PEP 3333 is shown elsewhere. */
const occasionFor = (deployment: Deployment): readonly Case[] =>
  deployment.kind === 'apache'
    ? situationsOf(deployment).filter((situation) => !isPerforming(situation))
    : ownSituationsOf(deployment);

const drawn = <T>(from: fc.Arbitrary<T>, seed: number, count: number): readonly T[] =>
  fc.sample(from, { seed, numRuns: count });

function drawnOne<T>(from: fc.Arbitrary<T>, seed: number): T {
  const [one] = drawn(from, seed, 1);
  if (one === undefined) throw new RangeError('planOf: need a target with deployments');
  return one;
}

/** Neighbouring seeds and numbers draw nothing alike. Source: the finalizer of MurmurHash3. */
function mixed(seed: number, number: number): number {
  let hash = Math.imul(seed ^ Math.imul(number + 1, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
