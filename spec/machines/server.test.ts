import { describe, expect, it } from 'vitest';
import { type ActorRefFrom, type AnyActorRef, createActor } from 'xstate';
import type { Happening } from '../trace.ts';
import { fromSeconds, millis } from '../vocabulary.ts';
import { processGroupMachine } from './process-group.ts';
import type { GroupPlan } from './process-terms.ts';
import { serverMachine } from './server.ts';
import { serverProcessMachine } from './server-process.ts';
import { patientClock } from './timers.ts';

const plan = (processGroup: string, kind: 'child' | 'daemon', processes: number): GroupPlan => ({
  processGroup,
  terms: {
    kind,
    threads: 2,
    allowance: 0,
    isMonitored: true,
    restartInterval: millis(0),
    gracefulTimeout: fromSeconds(15),
    evictionTimeout: millis(0),
    shutdownTimeout: fromSeconds(5),
    terminationTimeout: fromSeconds(3),
  },
  size: { start: processes, min: 1, max: processes },
  spareThreads: null,
});

/** A world of obedient processes: ready as soon as spawned, gone as soon as asked. */
function obedientWorld(plans: readonly GroupPlan[]) {
  const happenings: Happening[] = [];
  const processes = new Map<string, ActorRefFrom<typeof serverProcessMachine>>();
  let pid = 100;
  const later = (ref: AnyActorRef, event: { type: string }) => queueMicrotask(() => ref.send(event));
  const serverProcess = serverProcessMachine.provide({
    actions: {
      spawn: ({ context, self }) => {
        processes.set(context.process, self as ActorRefFrom<typeof serverProcessMachine>);
        later(self, { type: 'SPAWNED', pid: pid++ } as never);
        later(self, { type: 'READY' });
      },
      requestShutdown: ({ self }) => later(self, { type: 'GONE', exit: { kind: 'returned', code: 0 } } as never),
      report: (_, happening) => happenings.push(happening),
    },
  });
  const server = createActor(
    serverMachine.provide({ actors: { processGroup: processGroupMachine.provide({ actors: { serverProcess } }) } }),
    {
      input: { plans, gracefulShutdownTimeout: millis(0) },
      clock: patientClock({ setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) }),
    },
  );
  const settled = async () => {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    // A replacement is raised with a delay of 0: let the timers of this turn fire.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  };
  return { server, processes, happenings, settled };
}

describe('the machines together', () => {
  it('run a server from its first process to its last', async () => {
    const { server, happenings, settled } = obedientWorld([plan('', 'child', 2), plan('shop', 'daemon', 2)]);
    server.start();
    await settled();
    expect(server.getSnapshot().value).toBe('running');
    server.send({ type: 'STOP' });
    await settled();
    expect(server.getSnapshot().status).toBe('done');
    const count = (kind: Happening['kind']) => happenings.filter((h) => h.kind === kind).length;
    expect([count('process.spawned'), count('process.ready'), count('process.exited')]).toEqual([4, 4, 4]);
  });

  it('replace a daemon process whose script changed', async () => {
    const { server, processes, happenings, settled } = obedientWorld([plan('shop', 'daemon', 1)]);
    server.start();
    await settled();
    processes.get('shop#1')?.send({ type: 'SCRIPT_CHANGED' });
    await settled();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(happenings.map((h) => [h.kind, 'process' in h ? h.process : ''])).toEqual([
      ['process.spawned', 'shop#1'],
      ['process.ready', 'shop#1'],
      ['process.stopping', 'shop#1'],
      ['process.exited', 'shop#1'],
      ['process.spawned', 'shop#2'],
      ['process.ready', 'shop#2'],
    ]);
    server.send({ type: 'STOP' });
  });

  it('restart gracefully with a new generation of every group', async () => {
    const { server, happenings, settled } = obedientWorld([plan('', 'child', 2), plan('shop', 'daemon', 1)]);
    server.start();
    await settled();
    server.send({ type: 'GRACEFUL_RESTART' });
    await settled();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(server.getSnapshot().value).toBe('running');
    expect(happenings.filter((h) => h.kind === 'process.spawned')).toHaveLength(6);
    server.send({ type: 'GRACEFUL_STOP' });
    await settled();
    expect(server.getSnapshot().status).toBe('done');
  });
});
