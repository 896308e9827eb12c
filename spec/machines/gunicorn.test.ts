import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ServerSignal } from '../trace.ts';
import { fromSeconds, type ProcessId } from '../vocabulary.ts';
import { plainTerms, WorkerBench } from './a-worker-bench.ts';
import { arbiterMachine } from './arbiter.ts';
import { gunicornMachine } from './gunicorn.ts';
import type { ArbiterPlan } from './worker-terms.ts';

beforeAll(() => void vi.useFakeTimers());
afterEach(() => void vi.clearAllTimers());
afterAll(() => void vi.useRealTimers());

function start(plan: Partial<ArbiterPlan> = {}): WorkerBench {
  const bench = new WorkerBench();
  const arbiter = arbiterMachine.provide({ actors: { worker: bench.worker }, actions: bench.parent });
  const whole = {
    terms: plainTerms,
    workers: 2,
    preloads: false,
    gracefulTimeout: fromSeconds(30),
    isDaemon: false,
    ...plan,
  };
  bench.run(gunicornMachine.provide({ actors: { arbiter } }), { plan: whole });
  return bench;
}

const worker = (serial: number): ProcessId => `worker#${serial}` as ProcessId;
const keepsGoing = fc.constantFrom<ServerSignal>('SIGTTIN', 'SIGTTOU', 'SIGHUP', 'SIGUSR1', 'SIGWINCH');

describe('gunicorn', () => {
  it('has as many workers as configured, TTIN and TTOU say, and never less than one', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(keepsGoing, { maxLength: 12 }), (workers, signals) => {
        const bench = start({ workers }).signal(...signals);
        const wanted = signals.reduce((count, signal) => {
          if (signal === 'SIGHUP') return workers;
          if (signal === 'SIGTTIN') return count + 1;
          return signal === 'SIGTTOU' ? Math.max(1, count - 1) : count;
        }, workers);
        expect(bench.serving).toHaveLength(wanted);
      }),
    ));

  it('replaces whatever ends, at once, but stops when one could not start', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 6 }), (workers, code) => {
        const bench = start({ workers });
        const [first] = bench.alive;
        if (first) bench.end(first, { kind: 'returned', code });
        if (code === 3 || code === 4) expect([bench.isOver, bench.alive]).toEqual([true, []]);
        else expect(bench.alive).toHaveLength(workers);
      }),
    ));

  it('starts the new workers before it tells the old ones', () => {
    const bench = start();
    bench.busy.add(worker(1)).add(worker(2));
    bench.signal('SIGHUP');
    expect(bench.alive).toEqual([worker(1), worker(2), worker(3), worker(4)]);
    expect(bench.serving).toEqual([worker(3), worker(4)]);
    bench.free(worker(1));
    bench.free(worker(2));
    expect(bench.alive).toEqual([worker(3), worker(4)]);
    expect(bench.endings).toEqual(['server-restart', 'server-restart']);
    expect(bench.asked).toEqual(['open']);
  });

  it('takes the oldest away first', () => {
    expect(start().signal('SIGTTOU').alive).toEqual([worker(2)]);
  });

  it('loads before the fork where it preloads, and not again for SIGHUP', () => {
    expect(start({ preloads: true }).signal('SIGHUP').asked).toEqual(['load', 'open']);
    expect(start().signal('SIGHUP').asked).toEqual(['open']);
  });

  it('waits for its workers no longer than graceful_timeout, and not at all for idle ones', () => {
    expect(start().signal('SIGTERM').isOver).toBe(true);
    const bench = start({ gracefulTimeout: fromSeconds(3) });
    bench.busy.add(worker(1));
    bench.signal('SIGTERM');
    expect(bench.alive).toEqual([worker(1)]);
    vi.advanceTimersByTime(2999);
    expect(bench.isOver).toBe(false);
    vi.advanceTimersByTime(1);
    expect(bench.isOver).toBe(true);
  });

  it('makes its workers drop what they do at SIGINT and SIGQUIT, but for those that finish even then', () => {
    for (const signal of ['SIGINT', 'SIGQUIT'] as const)
      for (const quits of ['at-once', 'finishing'] as const) {
        const bench = start({ terms: { ...plainTerms, quits } });
        bench.busy.add(worker(1));
        expect(bench.signal(signal).isOver).toBe(quits === 'at-once');
      }
  });

  it('stops its workers at SIGWINCH only as a daemon, and goes on from there by TTIN', () => {
    expect(start().signal('SIGWINCH').alive).toHaveLength(2);
    const daemon = start({ isDaemon: true }).signal('SIGWINCH');
    expect(daemon.alive).toEqual([]);
    expect(daemon.signal('SIGTTIN').alive).toHaveLength(1);
    expect(daemon.signal('SIGHUP').alive).toHaveLength(2);
  });

  it('has a second arbiter after SIGUSR2, never a third, and is over when both are', () => {
    const bench = start({ workers: 1, preloads: true }).signal('SIGUSR2', 'SIGUSR2');
    expect(bench.alive).toEqual(['worker#1', 'arbiter2-worker#1']);
    expect(bench.asked).toEqual(['load', 'open', 'load', 'open']);
    bench.signal('SIGTERM');
    expect([bench.alive, bench.isOver]).toEqual([['arbiter2-worker#1'], false]);
    bench.signal('SIGUSR2');
    expect(bench.alive).toEqual(['arbiter2-worker#1', 'arbiter3-worker#1']);
    bench.signal('SIGTERM', 'SIGTERM');
    expect(bench.isOver).toBe(true);
  });
});
