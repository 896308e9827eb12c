import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Crossing, ThreadTally } from './thread-tally.ts';

/** Starts and ends, of which only the possible ones are taken. */
const load = fc.array(fc.boolean(), { maxLength: 60 });

describe('the tally of a process', () => {
  it('never has more requests than threads, and counts each that ended', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(10), load, (threads, maximumRequests, starts) => {
        const tally = new ThreadTally(threads, maximumRequests);
        let [busy, served] = [0, 0];
        for (const isStart of starts) {
          if (isStart && tally.hasFreeThread) {
            expect(tally.start()).toBe(++busy === threads);
          } else if (!isStart && busy > 0) {
            tally.finish();
            busy--;
            served++;
          }
          expect([tally.busy, tally.served, tally.hasFreeThread]).toEqual([busy, served, busy < threads]);
        }
      }),
    );
  });

  it('tells at each end exactly what a process must hear: requests spent, then a thread free, then idle', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(6), load, (threads, maximumRequests, starts) => {
        const tally = new ThreadTally(threads, maximumRequests);
        for (const isStart of starts) {
          if (isStart && tally.hasFreeThread) tally.start();
          else if (!isStart && tally.busy > 0) {
            const wasFull = tally.busy === threads;
            const told = tally.finish();
            const due: Crossing[] = [];
            if (maximumRequests > 0 && tally.served >= maximumRequests) due.push('requests-spent');
            if (wasFull) due.push('thread-free');
            if (tally.busy === 0) due.push('idle');
            expect(told).toEqual(due);
          }
        }
      }),
    );
  });

  it('lacks the threads that those beside it keep busy, as long as they do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        load,
        fc.array(fc.nat(2), { maxLength: 2 }),
        (threads, starts, others) => {
          const beside = others.map((busy) => ({ busy }));
          const tally = new ThreadTally(threads, 0, beside);
          for (const isStart of starts) {
            if (isStart && tally.hasFreeThread) tally.start();
            else for (const other of beside) other.busy = Math.max(0, other.busy - 1);
            const kept = beside.reduce((sum, { busy }) => sum + busy, tally.busy);
            expect([tally.idle, tally.hasFreeThread]).toEqual([threads - kept, kept < threads]);
          }
        },
      ),
    );
  });

  it('says at every end beyond the limit that the requests are spent, for each moves the deadline', () => {
    const tally = new ThreadTally(3, 2);
    tally.start();
    tally.start();
    tally.start();
    expect(tally.finish()).toEqual(['thread-free']);
    expect(tally.finish()).toEqual(['requests-spent']);
    expect(tally.finish()).toEqual(['requests-spent', 'idle']);
  });

  it('is misused by whoever starts a request without a free thread or ends one that never began', () => {
    const tally = new ThreadTally(1, 0);
    expect(() => tally.finish()).toThrow('no thread is busy');
    tally.start();
    expect(() => tally.start()).toThrow('all 1 threads are busy');
  });
});
