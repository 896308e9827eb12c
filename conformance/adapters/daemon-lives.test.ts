import { describe, expect, it } from 'vitest';
import type { Mark, Observation } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis, requestId } from '../../spec/vocabulary.ts';
import { DaemonLives } from './daemon-lives.ts';

const line = (pid: number, text: string): string =>
  `[Sat Nov 28 15:12:34.1 2026] [wsgi:info] [pid ${pid}:tid ${pid}] mod_wsgi (pid=${pid}): ${text}`;
const begins = (pid: number, group = 'shop'): string =>
  line(pid, `Starting process '${group}' with uid=1, gid=1 and threads=2.`);

/** A log that is written as the test goes on, and processes that live until they are said to be gone. */
function bench() {
  const alive = new Map<number, Mark>();
  let unread: string[] = [];
  const recorder = new TraceRecorder(() => millis(0));
  const log = { read: () => unread.splice(0), close: () => {} };
  const lives = new DaemonLives(log, recorder, (pid) => alive.get(pid) ?? null);
  return {
    lives,
    recorder,
    writes: (...lines: readonly string[]) => {
      unread = [...unread, ...lines];
    },
    live: (...pids: readonly number[]) => {
      for (const pid of pids) alive.set(pid, `${pid}@1` as Mark);
    },
    die: (...pids: readonly number[]) => {
      for (const pid of pids) alive.delete(pid);
    },
    told: () => {
      lives.look();
      return recorder.trace.map((event) => {
        if (!('process' in event)) return event.kind;
        const because = 'because' in event ? ` ${event.because}` : '';
        const exit = event.kind === 'process.exited' ? ` ${event.exit.kind}` : '';
        return `${event.process} ${event.kind.split('.')[1]}${because}${exit}`;
      });
    },
  };
}

describe('the lives of daemon processes', () => {
  it('end as they said, also where the last line and the end are seen at once', () => {
    const { writes, live, die, told } = bench();
    live(1);
    writes(begins(1));
    told();
    writes(
      line(1, `Maximum requests reached, triggering immediate shutdown 'shop'.`),
      line(1, `Exiting process 'shop'.`),
    );
    die(1);
    expect(told()).toEqual([
      'shop#1 spawned',
      'shop#1 stopping maximum-requests',
      'shop#1 exited maximum-requests returned',
    ]);
  });

  it('are over before the next one begins, and no other one of the group is taken for it', () => {
    const { writes, live, die, told } = bench();
    live(1, 2);
    writes(begins(1), begins(2));
    told();
    die(1, 2);
    live(3);
    writes(
      line(2, `Exiting process 'shop'.`),
      begins(3),
      line(1, `Daemon process idle inactivity timer expired, stopping process 'shop'.`),
      line(1, `Exiting process 'shop'.`),
    );
    expect(told().slice(2)).toEqual([
      'shop#2 exited crash returned',
      'shop#3 spawned',
      'shop#1 stopping inactivity-timeout',
      'shop#1 exited inactivity-timeout returned',
    ]);
  });

  it('that were too short to be seen have begun and ended', () => {
    const { writes, told } = bench();
    writes(begins(1));
    expect(told()).toEqual(['shop#1 spawned', 'shop#1 exited crash killed']);
  });

  it('end with the server where it told them to go', () => {
    const { writes, live, die, told } = bench();
    live(1);
    writes(begins(1), line(1, `Process 'shop' to be deregistered, as server is restarting or being shutdown.`));
    told();
    die(1);
    expect(told().at(-1)).toBe('shop#1 exited server-restart killed');
  });

  it('show that a request was accepted when it reports', () => {
    const { lives, recorder, writes, live } = bench();
    live(1);
    writes(begins(1));
    lives.observed({ pid: 1 } as Observation, requestId(1));
    lives.observed({ pid: 9 } as Observation, requestId(2));
    expect(recorder.trace.map(({ kind }) => kind)).toEqual(['process.spawned', 'request.accepted']);
    expect(recorder.trace[1]).toMatchObject({ request: 'r1', reported: true });
  });
});
