import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { type RequestEvent, requestMachine } from './request.ts';

/** As an actor does, a request with an outcome hears nothing more. */
function afterEvents(replays: number, events: readonly RequestEvent['type'][]): SnapshotFrom<typeof requestMachine> {
  const [start] = initialTransition(requestMachine, { replays });
  return events.reduce(
    (snapshot, type) => (snapshot.status === 'done' ? snapshot : transition(requestMachine, snapshot, { type })[0]),
    start,
  );
}

const anyEvent = fc.constantFrom<RequestEvent['type']>(
  'ACCEPTED',
  'STARTED',
  'HEADERS_SENT',
  'FINISHED',
  'REFUSED',
  'REJECTED',
  'PROCESS_LOST',
  'TIMED_OUT',
  'CLIENT_GONE',
);

describe('a request', () => {
  it('always gets to an outcome once its process is gone or its client is, and has a reason exactly if it failed', () => {
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.array(anyEvent),
        fc.constantFrom('PROCESS_LOST', 'CLIENT_GONE'),
        (replays, events, end) => {
          const { status, value, context } = afterEvents(replays, [...events, end]);
          expect(status).toBe('done');
          expect(value === 'failed').toBe(context.failure !== null);
        },
      ),
    );
  });

  it('is queued until a process accepts it, however often it is rejected', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.array(anyEvent), (replays, events) => {
        const { status, context } = afterEvents(replays, events);
        const rejections = events.filter((event) => event === 'REJECTED').length;
        expect(context.replaysLeft).toBeGreaterThanOrEqual(Math.max(0, replays - rejections));
        expect(context.replaysLeft).toBeLessThanOrEqual(replays);
        if (status === 'active' && !events.includes('ACCEPTED'))
          expect(afterEvents(replays, events).value).toBe('queued');
      }),
    );
  });

  it('is sent again as often as it may be, and then fails', () => {
    fc.assert(
      fc.property(fc.nat(9), (replays) => {
        const rejections = Array.from({ length: replays }, () => ['ACCEPTED', 'REJECTED'] as const).flat();
        expect(afterEvents(replays, rejections).value).toBe('queued');
        const last = afterEvents(replays, [...rejections, 'ACCEPTED', 'REJECTED']);
        expect([last.value, last.context.failure]).toEqual(['failed', 'reloads-exhausted']);
      }),
    );
  });

  it('that the application has begun is not sent again', () => {
    expect(afterEvents(3, ['ACCEPTED', 'STARTED', 'REJECTED']).value).toBe('running');
    expect(afterEvents(3, ['ACCEPTED', 'STARTED', 'PROCESS_LOST']).context.failure).toBe('process-lost');
    expect(afterEvents(3, ['ACCEPTED', 'STARTED', 'HEADERS_SENT', 'PROCESS_LOST']).value).toBe('failed');
  });

  it('ends well when the application answers, or the server in its place', () => {
    expect(afterEvents(0, ['ACCEPTED', 'STARTED', 'HEADERS_SENT', 'FINISHED']).value).toBe('done');
    expect(afterEvents(0, ['REFUSED']).value).toBe('done');
  });

  it('may wait too long, or be given up by its client', () => {
    expect(afterEvents(0, ['TIMED_OUT']).context.failure).toBe('queue-timeout');
    expect(afterEvents(0, ['ACCEPTED', 'STARTED', 'TIMED_OUT']).context.failure).toBe('request-timeout');
    expect(afterEvents(0, ['ACCEPTED', 'CLIENT_GONE']).context.failure).toBe('client-gone');
  });
});
