/** What everything in one simulated run shares: time, chance, files, the record, and how things are decided. */
import type { Deployment } from '../../spec/deployment.ts';
import type { RoutingWorld } from '../../spec/route.ts';
import type { Happening } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { Chance } from './chance.ts';
import { type Decisions, type Defects, truth } from './decisions.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface SimulateOptions {
  /** All chance comes from here: one seed and one scenario give one trace, byte for byte. */
  readonly seed: number;
  /** Decisions in place of the true ones: the simulator of a broken server. */
  readonly defects?: Defects;
  /** What routing asks of the machine that the deployment is for; by default nothing is known of it. */
  readonly routing?: RoutingWorld;
}

export class Universe {
  readonly deployment: Deployment;
  readonly routing: RoutingWorld;
  readonly decisions: Decisions;
  readonly clock = new VirtualClock();
  readonly chance: Chance;
  readonly recorder = new TraceRecorder(() => this.clock.now());
  readonly #editions = new Map<string, number>();
  readonly #broken = new Set<string>();

  constructor(deployment: Deployment, { seed, defects = {}, routing = {} }: SimulateOptions) {
    this.deployment = deployment;
    this.routing = routing;
    this.decisions = { ...truth, ...defects };
    this.chance = new Chance(seed);
  }

  record(happening: Happening): void {
    this.recorder.record(happening);
  }

  /** How long something takes, in ms. */
  takes([low, high]: readonly [number, number]): number {
    return this.chance.between(low, high);
  }

  /** Which edition of a script file is on disk: 1 at first, one more after each touch. It stands for the modification time. */
  editionOf(script: string): number {
    return this.#editions.get(script) ?? 1;
  }

  touch(script: string): void {
    this.#editions.set(script, this.editionOf(script) + 1);
  }

  /** From now on the file raises when it is executed, or no longer does. */
  rewrite(script: string, raises: boolean): void {
    this.touch(script);
    if (raises) this.#broken.add(script);
    else this.#broken.delete(script);
  }

  isBroken(script: string): boolean {
    return this.#broken.has(script);
  }
}

/** How long things take, in ms, at least and at most. The order of magnitude is that of a real server; no rule may depend on it. */
export const durations = {
  fork: [1, 6],
  startPython: [15, 60],
  createInterpreter: [5, 20],
  loadScript: [10, 80],
  answer: [1, 2],
  application: [1, 9],
  destroyInterpreter: [1, 4],
} as const satisfies Record<string, readonly [number, number]>;
