/** What everything in one simulated run shares: time, chance, files, the record, and how things are decided. */
import type { Deployment } from '../../spec/deployment.ts';
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import { Onlooker } from '../../spec/onlooker.ts';
import type { RoutingWorld } from '../../spec/routing/route.ts';
import type { Happening, Mark } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import type { Millis } from '../../spec/vocabulary.ts';
import { Chance } from './chance.ts';
import { type Decisions, type Defects, truth } from './decisions.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a file does when it is executed instead of what it should. */
export type Damage = 'raises' | 'exits' | 'stalls';

export interface SimulateOptions {
  /** All chance comes from here: one seed and one scenario give one trace, byte for byte. */
  readonly seed: number;
  /** Decisions in place of the true ones: the simulator of a broken server. */
  readonly defects?: Defects;
  /** What routing asks of the machine that the deployment is for; by default nothing is known of it. */
  readonly routing?: RoutingWorld;
}

/** `D` is what runs in it. */
export class Universe<D extends Deployment = ApacheDeployment> {
  readonly deployment: D;
  readonly routing: RoutingWorld;
  readonly decisions: Decisions;
  readonly clock = new VirtualClock();
  readonly chance: Chance;
  readonly recorder = new TraceRecorder(() => this.clock.now());
  readonly #onlooker = new Onlooker((pid) => this.markOf(pid, this.clock.now()));
  readonly #editions = new Map<string, number>();
  readonly #damage = new Map<string, Damage>();
  readonly #stalled = new Map<string, (() => void)[]>();

  constructor(deployment: D, { seed, defects = {}, routing = {} }: SimulateOptions) {
    this.deployment = deployment;
    this.routing = routing;
    this.decisions = { ...truth, ...defects };
    this.chance = new Chance(seed);
  }

  record(happening: Happening): void {
    this.recorder.record(happening);
    const seen = this.#onlooker.sees(happening);
    if (seen) this.recorder.record(seen);
  }

  /** How the probe names a process: a pid may come again, but not at the same time. */
  markOf(pid: number, started: Millis): Mark {
    return `${pid}@${started}` as Mark;
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

  /** From now on the file does this when it is executed; null is nothing out of the ordinary. */
  rewrite(script: string, damage: Damage | null): void {
    this.touch(script);
    if (damage) this.#damage.set(script, damage);
    else this.#damage.delete(script);
    const waiting = this.#stalled.get(script) ?? [];
    if (damage !== 'stalls') this.#stalled.delete(script);
    if (damage !== 'stalls') for (const goOn of waiting) goOn();
  }

  damageOf(script: string): Damage | null {
    return this.#damage.get(script) ?? null;
  }

  /** This script, or any, is being executed and waits. */
  isStalled(script?: string): boolean {
    return script === undefined ? this.#stalled.size > 0 : this.#stalled.has(script);
  }

  /** Calls `goOn` at once, unless the script stalls: then when it is mended. */
  whenMended(script: string, goOn: () => void): void {
    if (this.#damage.get(script) !== 'stalls') {
      goOn();
      return;
    }
    this.#stalled.set(script, [...(this.#stalled.get(script) ?? []), goOn]);
    this.record({ kind: 'import.stalled', script });
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
