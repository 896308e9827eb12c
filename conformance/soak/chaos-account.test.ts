import { describe, expect, it } from 'vitest';
import type { Exit, Happening } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis, type ProcessGroupName, type ProcessId, type RequestId } from '../../spec/vocabulary.ts';
import { type Account, complaints, type Disturbed, type Outcome } from './chaos-account.ts';
import type { Errand } from './chaos-schedule.ts';

const request = 'c1' as RequestId;
const [one, two, child] = ['one#1', 'one#2', 'embedded#1'] as ProcessId[] as [ProcessId, ProcessId, ProcessId];
const pidOf = { [one]: 11, [two]: 12, [child]: 10 };
const group = (process: ProcessId): ProcessGroupName => (process === child ? '' : 'one') as ProcessGroupName;

const errand: Errand = {
  request,
  mount: '/one',
  pause: 0,
  blocks: 1,
  upload: 0,
  keepsAlive: true,
  leaves: 'never',
};
const answered: Outcome = { kind: 'answered', pid: 11 };
const cutOff: Outcome = { kind: 'cut off', error: 'socket hang up' };
const stale: Outcome = { kind: 'stale', error: 'socket hang up' };
const refused = (status: number, reused = false): Outcome => ({ kind: 'refused', status, reused });

const accepted = (process: ProcessId): Happening => ({ kind: 'request.accepted', request, process });
const replayed: Happening = { kind: 'request.replayed', request, process: one };
const exited = (process: ProcessId, exit: Exit, because: 'signal' | 'server-restart' = 'signal'): Happening => ({
  kind: 'process.exited',
  process,
  because,
  exit,
});
const killed: Exit = { kind: 'killed', by: 'SIGKILL' };
const returned: Exit = { kind: 'returned', code: 0 };
const signalled = (process: ProcessId, signal: 'SIGTERM' | 'SIGUSR1'): Disturbed => ({
  what: { do: 'signal', signal, of: 0 },
  process,
});

interface Books {
  readonly outcomes?: readonly Outcome[];
  /** What happens while the request is under way. */
  readonly trace?: readonly Happening[];
  readonly entered?: readonly number[];
  readonly disturbances?: readonly Disturbed[];
  readonly left?: Partial<Account['left']>;
}

/** Books that agree: one request, answered by the process that the trace and the application name, except as said. */
function books({ outcomes = [answered], trace = [accepted(one)], entered = [11], ...other }: Books): Account {
  const recorder = new TraceRecorder(() => millis(0));
  for (const process of [child, one, two])
    recorder.record({ kind: 'process.spawned', process, processGroup: group(process), pid: pidOf[process] ?? 0 });
  const from = recorder.trace.length;
  for (const happening of trace) recorder.record(happening);
  return {
    outcomes: new Map([[request, { errand, outcomes, during: { from, to: recorder.trace.length } }]]),
    disturbances: other.disturbances ?? [],
    trace: recorder.trace,
    entered: entered.map((pid) => ({ request, pid })),
    left: { descriptors: [], children: [], ...other.left },
  };
}

describe('the books of a chaotic run', () => {
  it.each<[string, Books]>([
    ['a request is answered by whom it was given to', {}],
    ['a client left', { outcomes: [{ kind: 'left' }], trace: [], entered: [] }],
    [
      'a request was lost with its killed process',
      { outcomes: [refused(500)], trace: [accepted(one), exited(one, killed)] },
    ],
    [
      'a response was cut off with its killed process',
      { outcomes: [cutOff], trace: [accepted(one), exited(one, killed)] },
    ],
    [
      'a connection is from before a graceful restart, and its child reaches no daemon process any more',
      {
        outcomes: [refused(503)],
        trace: [{ kind: 'process.draining', process: child, because: 'server-restart' }],
        entered: [],
      },
    ],
    ['a kept connection was closed before its request was read', { outcomes: [stale], trace: [], entered: [] }],
    [
      'a connection went with the killed child that had it',
      { outcomes: [cutOff], trace: [accepted(one), exited(child, killed, 'server-restart')] },
    ],
    [
      'a connection went with the child that was told to terminate',
      {
        outcomes: [stale],
        trace: [accepted(one), exited(child, returned)],
        disturbances: [signalled(child, 'SIGTERM')],
      },
    ],
    [
      'a request that met old code again and again was given up',
      { outcomes: [refused(503)], trace: Array.from({ length: 6 }, () => replayed), entered: [] },
    ],
    [
      'a request was replayed and then answered by another process',
      { outcomes: [{ kind: 'answered', pid: 12 }], trace: [accepted(one), replayed, accepted(two)], entered: [12] },
    ],
  ])('agree where %s', (_, account) => {
    expect(complaints(books(account))).toEqual([]);
  });

  it.each<[string, Books, RegExp]>([
    ['a request without an outcome', { outcomes: [] }, /has no outcome/],
    ['a request with two outcomes', { outcomes: [answered, cutOff] }, /has 2 outcomes/],
    ['a request that was executed twice', { entered: [11, 12] }, /was executed 2 times, by 11 and 12/],
    [
      'one that was executed twice, though its child was killed',
      { outcomes: [cutOff], entered: [11, 12], trace: [accepted(one), exited(child, killed)] },
      /was executed 2 times/,
    ],
    [
      'an answer of a process that did not have it',
      { outcomes: [{ kind: 'answered', pid: 12 }] },
      /by the trace one#1/,
    ],
    ['an answer that nobody accepted the request for', { trace: [] }, /by the trace nobody accepted it/],
    ['an answer to a request that the application never saw', { entered: [] }, /the application says that nobody/],
    ['an answer that another process worked for', { entered: [12] }, /the application says that 12 had it/],
    ['a response cut off while its process lives', { outcomes: [cutOff] }, /one#1 is still there/],
    [
      'another refusal than that of a child of before a graceful restart',
      {
        outcomes: [refused(500)],
        trace: [{ kind: 'process.draining', process: child, because: 'server-restart' }],
        entered: [],
      },
      /got 500, and no process had it/,
    ],
    ['a refusal while its process lives', { outcomes: [refused(500)] }, /got 500, and one#1 is still there/],
    [
      'a refusal of a request that nobody had',
      { outcomes: [refused(503)], trace: [], entered: [] },
      /no process had it/,
    ],
    [
      'a request given up after few replays',
      { outcomes: [refused(503)], trace: [accepted(one), replayed] },
      /one#1 is still there; 1 replays/,
    ],
    [
      'a request lost with a process that ended in order',
      { outcomes: [refused(500)], trace: [accepted(one), exited(one, returned)] },
      /ended because of signal, returned/,
    ],
    [
      'a request lost with a connection of a child that went gracefully',
      {
        outcomes: [cutOff],
        trace: [accepted(one), exited(child, returned)],
        disturbances: [signalled(child, 'SIGUSR1')],
      },
      /was cut off .* one#1 is still there/,
    ],
    [
      'a kept connection closed while its request was worked on',
      { outcomes: [stale] },
      /reused connection, and 11 had it/,
    ],
    ['a descriptor', { left: { descriptors: ['socket:[7]'] } }, /^a descriptor was left open: socket:\[7\]$/],
    ['a process', { left: { children: [4711] } }, /^process 4711 was left$/],
  ])('complain of %s', (_, account, complaint) => {
    const found = complaints(books(account));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(complaint);
  });
});
