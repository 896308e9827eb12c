import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ActorRefFrom } from 'xstate';
import { fromSeconds, type ProcessId } from '../vocabulary.ts';
import { plainTerms, WorkerBench } from './a-worker-bench.ts';
import { masterMachine } from './master.ts';
import type { MasterPlan } from './worker-terms.ts';

beforeAll(() => void vi.useFakeTimers());
afterEach(() => void vi.clearAllTimers());
afterAll(() => void vi.useRealTimers());

function start(plan: Partial<MasterPlan> = {}) {
  const bench = new WorkerBench();
  const machine = masterMachine.provide({
    actors: { worker: bench.worker },
    actions: {
      ...bench.parent,
      takeStock: ({ self }) => {
        const idle = bench.serving.filter((process) => !bench.busy.has(process));
        self.send({ type: 'STOCK', busy: bench.alive.length - idle.length, idle });
      },
    },
  });
  const whole: MasterPlan = {
    terms: plainTerms,
    workers: plan.most ?? 2,
    preloads: true,
    cheaper: null,
    most: 2,
    dieOnTerm: false,
    isLazy: false,
    exitsOnReload: false,
    forkbombDelay: fromSeconds(2),
    ...plan,
  };
  const master: ActorRefFrom<typeof masterMachine> = bench.run(machine, { plan: whole });
  return { bench, master };
}

const worker = (serial: number): ProcessId => `worker#${serial}` as ProcessId;
const cheaper = { algorithm: 'spare', min: 1, initial: 1, step: 2, overload: 3 };

describe('a master of uWSGI', () => {
  it('replaces whatever ends, and sleeps where workers end faster than they are started', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), (most) => {
        const { bench } = start({ most, workers: most });
        for (let ended = 0; ended < most; ended++) bench.end(bench.alive[0] ?? worker(0));
        expect(bench.alive).toHaveLength(most);
        bench.end(bench.alive[0] ?? worker(0));
        expect(bench.alive).toHaveLength(most - 1);
        vi.advanceTimersByTime(2000);
        expect(bench.alive).toHaveLength(most);
      }),
    ));

  it('forgets that workers ended when none does for a while', () => {
    const { bench } = start({ most: 1, workers: 1 });
    for (let again = 0; again < 5; again++) {
      bench.end(bench.alive[0] ?? worker(0));
      expect(bench.alive).toHaveLength(1);
      vi.advanceTimersByTime(1000);
    }
  });

  it('waits at SIGHUP for the last worker before it is executed anew, with everything loaded again', () => {
    const { bench, master } = start();
    bench.busy.add(worker(1));
    bench.signal('SIGHUP');
    expect([bench.alive, master.getSnapshot().value]).toEqual([[worker(1)], 'reloading']);
    bench.free(worker(1));
    expect(bench.alive).toEqual([worker(3), worker(4)]);
    expect(bench.asked).toEqual(['load', 'open', 'load', 'open']);
  });

  it('waits for nobody at SIGTERM, and stops at SIGINT and SIGQUIT; with die-on-term the other way round', () => {
    for (const dieOnTerm of [false, true]) {
      for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGINT'] as const) {
        const { bench } = start({ dieOnTerm });
        bench.busy.add(worker(1));
        bench.signal(signal);
        const stops = signal === 'SIGINT' || (signal === 'SIGTERM') === dieOnTerm;
        expect([signal, bench.isOver]).toEqual([signal, stops]);
        expect(bench.alive).toEqual(stops ? [] : [worker(3), worker(4)]);
      }
    }
  });

  it('restarts its workers as they end, and itself not at all, for touch-workers-reload and the old lazy', () => {
    for (const isLazy of [false, true]) {
      const { bench, master } = start({ isLazy });
      bench.busy.add(worker(1));
      if (isLazy) bench.signal('SIGHUP');
      else master.send({ type: 'TOUCHED', because: 'touch-workers-reload' });
      expect(bench.alive).toEqual([worker(1), worker(3)]);
      bench.free(worker(1));
      expect(bench.serving).toEqual([worker(3), worker(4)]);
      expect(bench.asked).toEqual(['load', 'open']);
    }
  });

  it('restarts one worker after the other in a chain, each when the one before takes requests', () => {
    const { bench, master } = start({ most: 3, workers: 3 });
    bench.isQuick = false;
    master.send({ type: 'TOUCHED', because: 'touch-chain-reload' });
    master.send({ type: 'TOUCHED', because: 'touch-chain-reload' });
    expect(bench.alive).toEqual([worker(2), worker(3), worker(4)]);
    bench.makeReady(worker(4));
    expect(bench.alive).toEqual([worker(3), worker(4), worker(5)]);
    bench.makeReady(worker(5));
    bench.makeReady(worker(6));
    expect(bench.serving).toEqual([worker(4), worker(5), worker(6)]);
    expect(bench.endings).toEqual(['touch-chain-reload', 'touch-chain-reload', 'touch-chain-reload']);
  });

  it('adds workers when all have been busy for longer than cheaper-overload, and never more than there may be', () => {
    const { bench } = start({ most: 4, workers: 1, cheaper });
    for (let second = 1; second <= 3; second++) {
      for (const process of bench.alive) bench.busy.add(process);
      vi.advanceTimersByTime(1000);
    }
    expect(bench.alive).toHaveLength(1);
    for (let second = 4; second <= 20; second++) {
      for (const process of bench.alive) bench.busy.add(process);
      vi.advanceTimersByTime(1000);
    }
    expect(bench.alive).toHaveLength(4);
  });

  it('lets the oldest idle worker go, one at a time, down to cheaper, and does not replace it', () => {
    const { bench } = start({ most: 4, workers: 4, cheaper });
    const counts = Array.from({ length: 20 }, () => {
      vi.advanceTimersByTime(1000);
      return bench.alive.length;
    });
    expect(counts.every((count, second) => second === 0 || (counts[second - 1] ?? 0) - count <= 1)).toBe(true);
    expect(bench.alive).toEqual([worker(4)]);
    expect(new Set(bench.endings)).toEqual(new Set(['surplus']));
  });

  it('ends with a worker that needs an application and has none', () => {
    const { bench } = start();
    bench.end(worker(1), { kind: 'returned', code: 22 });
    expect([bench.isOver, bench.alive]).toEqual([true, []]);
  });
});
