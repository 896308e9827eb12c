import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { attemptFrom, lastAttempt, queueDepth } from './connecting.ts';
import { GroupSocket, type GroupSocketTerms } from './group-socket.ts';

describe('an attempt to connect', () => {
  it('is made every eighth of a second for two seconds, then every second', () => {
    const attempts = [0];
    while (attempts.length < 20) attempts.push(attemptFrom((attempts.at(-1) ?? 0) + 1));
    expect(attempts.slice(0, 17)).toEqual(Array.from({ length: 17 }, (_, index) => index * 125));
    expect(attempts.slice(17)).toEqual([3000, 4000, 5000]);
  });

  it('is the last one when connect-timeout is over, which for whole seconds is at that second', () =>
    fc.assert(
      fc.property(fc.nat(60), (seconds) => {
        expect(lastAttempt(seconds * 1000)).toBe(seconds * 1000);
      }),
    ));
});

/** A socket and the diary of what happened there: `1@0` is request 1 at 0 ms. */
function observed(terms: GroupSocketTerms) {
  const clock = new VirtualClock();
  const queued: string[] = [];
  const turnedAway: string[] = [];
  const note = (diary: string[]) => (request: number) => void diary.push(`${request}@${clock.now()}`);
  const socket = new GroupSocket<number>(terms, clock, { onQueued: note(queued), onTurnedAway: note(turnedAway) });
  const pass = (time: number): void => {
    let isOver = false;
    clock.setTimeout(() => {
      isOver = true;
    }, time);
    clock.runUntil(() => isOver, time);
  };
  return { socket, queued, turnedAway, pass };
}

describe('the socket of a group', () => {
  it('keeps one more than its backlog, in order, and turns the next away when connect-timeout is over', () => {
    const { socket, queued, turnedAway, pass } = observed({ depth: queueDepth(1), connectTimeout: 2000 });
    for (const request of [1, 2, 3]) socket.enter(request);
    pass(1999);
    expect(turnedAway).toEqual([]);
    pass(1);
    expect([queued, turnedAway]).toEqual([['1@0', '2@0'], ['3@2000']]);
    expect([socket.take(), socket.take(), socket.take()]).toEqual([1, 2, undefined]);
  });

  it('turns away at once where connect-timeout is 0', () => {
    const { socket, turnedAway } = observed({ depth: 1, connectTimeout: 0 });
    for (const request of [1, 2]) socket.enter(request);
    expect(turnedAway).toEqual(['2@0']);
  });

  it('leaves a free place empty until somebody tries again, or to whoever comes meanwhile', () => {
    const { socket, queued, pass } = observed({ depth: 1, connectTimeout: 15_000 });
    for (const request of [1, 2, 3]) socket.enter(request);
    pass(300);
    socket.take();
    pass(74);
    expect(queued).toEqual(['1@0']);
    pass(1);
    expect(queued).toEqual(['1@0', '2@375']);
    pass(2000);
    socket.take();
    socket.enter(4);
    pass(700);
    socket.take();
    expect(queued).toEqual(['1@0', '2@375', '4@2375']);
    pass(1000);
    expect(queued).toEqual(['1@0', '2@375', '4@2375', '3@4000']);
  });

  it('takes a request at its very last attempt', () => {
    const { socket, queued, turnedAway, pass } = observed({ depth: 1, connectTimeout: 1000 });
    for (const request of [1, 2]) socket.enter(request);
    pass(999);
    socket.take();
    pass(1);
    expect([queued, turnedAway]).toEqual([['1@0', '2@1000'], []]);
  });

  it('never has more waiting than its depth, gives each request one end, and keeps to the times of attempts', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.nat(4),
        fc.array(fc.oneof(fc.constant('enter' as const), fc.constant('take' as const), fc.nat(3000)), {
          maxLength: 40,
        }),
        (depth, seconds, acts) => {
          const { socket, queued, turnedAway, pass } = observed({ depth, connectTimeout: seconds * 1000 });
          const entered: number[] = [];
          let now = 0;
          for (const act of acts) {
            if (act === 'enter') socket.enter(entered.push(now) - 1);
            else if (act === 'take') socket.take();
            else {
              pass(act);
              now += act;
            }
            expect(socket.queued).toBeLessThanOrEqual(depth);
          }
          pass(60_000);
          const ends = [...queued, ...turnedAway].map((entry) => entry.split('@').map(Number));
          expect(ends.map(([request]) => request).toSorted((a, b) => Number(a) - Number(b))).toEqual([
            ...entered.keys(),
          ]);
          for (const [request = -1, at = -1] of ends) {
            const waited = at - (entered[request] ?? 0);
            expect(attemptFrom(waited)).toBe(waited);
            expect(waited).toBeLessThanOrEqual(seconds * 1000);
          }
        },
      ),
    ));

  it('gives up on everybody when it is cleared', () => {
    const { socket, turnedAway, pass } = observed({ depth: 1, connectTimeout: 1000 });
    for (const request of [1, 2, 3]) socket.enter(request);
    expect(socket.clear()).toEqual([1, 2, 3]);
    pass(5000);
    expect(turnedAway).toEqual([]);
  });
});
