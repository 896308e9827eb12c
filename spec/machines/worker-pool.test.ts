import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ProcessId } from '../vocabulary.ts';
import { plainTerms, WorkerBench } from './a-worker-bench.ts';
import { workerPoolMachine } from './worker-pool.ts';
import type { PoolPlan } from './worker-terms.ts';

beforeAll(() => void vi.useFakeTimers());
afterAll(() => void vi.useRealTimers());

function start(plan: Partial<PoolPlan> = {}): WorkerBench {
  const bench = new WorkerBench();
  const machine = workerPoolMachine.provide({ actors: { worker: bench.worker }, actions: bench.parent });
  const whole: PoolPlan = {
    terms: plainTerms,
    workers: 2,
    preloads: false,
    replaces: false,
    reloadsOn: null,
    stopsOn: ['SIGTERM'],
    finishesFirstOn: ['SIGHUP'],
    ...plan,
  };
  bench.run(machine, { plan: whole });
  return bench;
}

const worker = (serial: number): ProcessId => `worker#${serial}` as ProcessId;

describe('processes without a parent', () => {
  it('are not replaced, and are no server any more when the last is gone', () => {
    const bench = start();
    bench.end(worker(1));
    expect([bench.alive, bench.isOver]).toEqual([[worker(2)], false]);
    bench.end(worker(2));
    expect([bench.isOver, bench.asked]).toEqual([true, ['open', 'close']]);
  });

  it('are replaced where that is promised', () => {
    const bench = start({ replaces: true });
    bench.end(worker(1));
    expect(bench.serving).toEqual([worker(2), worker(3)]);
  });

  it('lose only the first of them to a signal that lets it finish', () => {
    expect(start().signal('SIGHUP').alive).toEqual([worker(2)]);
  });

  it('load their code anew by the signal that says so, and stop by the one that stops them', () => {
    const bench = start({ replaces: true, reloadsOn: 'SIGUSR1' }).signal('SIGUSR1');
    expect(bench.serving).toEqual([worker(3), worker(4)]);
    expect(bench.signal('SIGTERM').isOver).toBe(true);
  });
});
