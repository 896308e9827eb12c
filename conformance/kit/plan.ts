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
import { anySchedule } from '../arbitraries/schedules.ts';
import type { Case, History } from './history.ts';
import type { KitTarget } from './target.ts';

export interface PlanOptions {
  readonly seed: number;
  /** Generated cases for each target. */
  readonly cases: number;
}

/** Cases that share one server: starting one costs as much as several of them. */
const casesOfHistory = 25;

/** How many histories there are: the number of the last one plus one. */
export const historyCount = (target: KitTarget, options: PlanOptions): number =>
  drawnCount(target, options) + (target.occasions?.length ?? 0);

/** How many of them are drawn; the occasions come after them. */
const drawnCount = (target: KitTarget, options: PlanOptions): number =>
  1 + Math.max(Math.ceil(options.cases / casesOfHistory), performs(historyOf(target, 0, options)) ? 0 : 1);

/** The history with this number, from 0. It is drawn alone: nobody has to go through the others to have it. */
export function historyOf(target: KitTarget, number: number, options: PlanOptions): History {
  const occasion = number === 0 ? undefined : target.occasions?.[number - drawnCount(target, options)];
  if (occasion) return { number, deployment: occasion, cases: occasionFor(occasion) };
  const seed = mixed(options.seed, number);
  const owesPrograms = number === 1 && !performs(historyOf(target, 0, options));
  const [deployment] = drawn(
    number === 0
      ? target.deployments
      : target.deployments.filter((one) => isLasting(one) && (!owesPrograms || canPerform(one))),
    seed,
    1,
  );
  if (deployment === undefined) throw new RangeError('historyOf: need a target with deployments');
  if (number === 0) return { number, deployment, cases: situationsFor(deployment) };
  const before = (number - 1) * casesOfHistory;
  const count = Math.min(casesOfHistory, options.cases - before);
  const asking = new Asking();
  const schedules = drawn(anySchedule(deployment), seed, count).map((schedule) => schedule(asking));
  const programs = owesPrograms && deployment.kind !== 'apache' ? workerPrograms(deployment, asking) : [];
  return { number, deployment, cases: [...schedules, ...programs, ...endOf(deployment, number, asking)] };
}

/** Whether its cases show how PEP 3333 is kept. Those of a server that does not give a request its time do not. */
const performs = ({ cases }: History): boolean => cases.some(isPerforming);
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

/** A server of workers is left in each way that it has, one in each history. */
function endOf(deployment: Deployment, number: number, asking: Asking): readonly Case[] {
  if (deployment.kind === 'apache') return [];
  const endings = endingsOf(deployment);
  const ending = endings[number % endings.length];
  const end = ending === undefined ? null : workerEnd(deployment, ending, asking);
  return end ? [end] : [];
}

const situationsFor = (deployment: Deployment): readonly Case[] =>
  deployment.kind === 'apache' ? situationsOf(deployment) : workerSituationsOf(deployment);

/** What it has of its own, and nothing else: a server is started for each. */
const occasionFor = (deployment: Deployment): readonly Case[] =>
  deployment.kind === 'apache' ? situationsOf(deployment) : ownSituationsOf(deployment);

const drawn = <T>(from: fc.Arbitrary<T>, seed: number, count: number): readonly T[] =>
  fc.sample(from, { seed, numRuns: count });

/** Neighbouring seeds and numbers draw nothing alike. Source: the finalizer of MurmurHash3. */
function mixed(seed: number, number: number): number {
  let hash = Math.imul(seed ^ Math.imul(number + 1, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
