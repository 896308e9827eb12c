import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ActorRefFrom, createActor } from 'xstate';
import type { Mpm } from '../deployments/apache.ts';
import type { Happening } from '../trace.ts';
import { fromSeconds, type Millis, millis, type ProcessId } from '../vocabulary.ts';
import { processGroupMachine } from './process-group.ts';
import type { GroupPlan } from './process-terms.ts';
import { type ServerEvent, serverMachine } from './server.ts';
import { type ServerProcessEvent, serverProcessMachine } from './server-process.ts';
import { patientClock } from './timers.ts';

const plan = (processGroup: string, kind: 'child' | 'daemon', processes: number): GroupPlan => ({
  processGroup,
  terms: {
    kind,
    threads: 2,
    allowance: 0,
    isMonitored: kind === 'daemon',
    watch: null,
    restartInterval: millis(0),
    gracefulTimeout: fromSeconds(kind === 'daemon' ? 15 : 0),
    evictionTimeout: millis(0),
    shutdownTimeout: fromSeconds(kind === 'daemon' ? 5 : 0),
    terminationTimeout: fromSeconds(kind === 'daemon' ? 3 : 9),
  },
  size: { start: processes, min: 1, max: processes },
  spareThreads: null,
});

type ProcessRef = ActorRefFrom<typeof serverProcessMachine>;

/** A server whose processes are ready soon after their start, and gone soon after they are asked unless they are busy. */
class Bench {
  readonly happenings: Happening[] = [];
  readonly listening: ('open' | 'closed')[] = [];
  /** How often every connection was closed. */
  cuts = 0;
  readonly busy = new Set<ProcessId>();
  connections = 0;
  forwards = 0;
  /** How often connections were taken again after a restart. */
  again = 0;
  readonly server;
  readonly #processes = new Map<string, ProcessRef>();

  constructor(plans: readonly GroupPlan[], gracefulShutdownTimeout: Millis = millis(0), mpm: Mpm = 'prefork') {
    const later = (ref: ProcessRef, event: ServerProcessEvent) => setTimeout(() => ref.send(event), 1);
    const gone = { type: 'GONE', exit: { kind: 'returned', code: 0 } } as const;
    const serverProcess = serverProcessMachine.provide({
      actions: {
        spawn: ({ context, self }) => {
          this.#processes.set(context.process, self as ProcessRef);
          later(self as ProcessRef, { type: 'SPAWNED', pid: this.#processes.size });
          later(self as ProcessRef, { type: 'READY' });
        },
        requestShutdown: ({ context, self }) => {
          if (!this.busy.has(context.process)) later(self as ProcessRef, gone);
        },
        forceExit: ({ self }) => later(self as ProcessRef, gone),
        report: (_, happening) => this.happenings.push(happening),
      },
      guards: { isIdle: ({ context }) => !this.busy.has(context.process) },
    });
    this.server = createActor(
      serverMachine.provide({
        actors: { processGroup: processGroupMachine.provide({ actors: { serverProcess } }) },
        actions: {
          openListeners: () => this.listening.push('open'),
          closeListeners: () => this.listening.push('closed'),
          closeConnections: () => this.cuts++,
          acceptAgain: () => this.again++,
        },
        guards: { connectionsOver: () => this.connections === 0, forwardsOver: () => this.forwards === 0 },
      }),
      {
        input: { plans, gracefulShutdownTimeout, mpm },
        clock: patientClock({ setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) }),
      },
    ).start();
  }

  process(id: string): ProcessRef | undefined {
    return this.#processes.get(id);
  }

  send(type: ServerEvent['type'] & ('STOP' | 'RESTART' | 'GRACEFUL_RESTART' | 'GRACEFUL_STOP')): this {
    if (this.server.getSnapshot().status === 'active') this.server.send({ type });
    return this;
  }

  /** The outer one. */
  get state(): unknown {
    const { value } = this.server.getSnapshot();
    return typeof value === 'string' ? value : Object.keys(value)[0];
  }

  /** Processes that were started and are not gone, by name. */
  get alive(): readonly string[] {
    const gone = new Set(this.happenings.flatMap((h) => (h.kind === 'process.exited' ? [h.process] : [])));
    return this.happenings
      .flatMap((h) => (h.kind === 'process.spawned' && !gone.has(h.process) ? [h.process] : []))
      .toSorted();
  }

  count(kind: Happening['kind']): number {
    return this.happenings.filter((happening) => happening.kind === kind).length;
  }
}

const site = [plan('', 'child', 2), plan('shop', 'daemon', 2)];
const pass = (ms: number): void => {
  vi.advanceTimersByTime(ms);
};

beforeAll(() => {
  vi.useFakeTimers();
});
beforeEach(() => {
  vi.clearAllTimers();
});
afterAll(() => {
  vi.useRealTimers();
});

describe('the machines together', () => {
  it('run a server from its first process to its last', () => {
    const bench = new Bench(site);
    expect([bench.state, bench.listening]).toEqual(['starting', []]);
    pass(1_000);
    expect([bench.state, bench.listening]).toEqual(['running', ['open']]);
    bench.send('STOP');
    expect(bench.listening).toEqual(['open', 'closed']);
    pass(1_000);
    expect(bench.state).toBe('stopped');
    expect(['process.spawned', 'process.ready', 'process.exited'].map((kind) => bench.count(kind as never))).toEqual([
      4, 4, 4,
    ]);
  });

  it('replace a daemon process whose script changed', () => {
    const bench = new Bench([plan('shop', 'daemon', 1)]);
    pass(1_000);
    bench.process('shop#1')?.send({ type: 'SCRIPT_CHANGED' });
    pass(1_000);
    expect(bench.happenings.map((h) => [h.kind, 'process' in h ? h.process : ''])).toEqual([
      ['process.spawned', 'shop#1'],
      ['process.ready', 'shop#1'],
      ['process.stopping', 'shop#1'],
      ['process.exited', 'shop#1'],
      ['process.spawned', 'shop#2'],
      ['process.ready', 'shop#2'],
    ]);
  });

  it('restart with a new generation of every group, gracefully or not', () => {
    for (const restart of ['GRACEFUL_RESTART', 'RESTART'] as const) {
      const bench = new Bench(site);
      pass(1_000);
      bench.send(restart);
      pass(1_000);
      expect(bench.state).toBe('running');
      expect([bench.count('process.exited'), bench.count('process.spawned')]).toEqual([4, 8]);
    }
  });

  it('close what is connected at a stop and at a restart, but not at a graceful one', () => {
    const bench = new Bench(site);
    pass(1_000);
    const cutsAfter = (event: 'GRACEFUL_RESTART' | 'RESTART' | 'STOP'): number => {
      bench.send(event);
      pass(1_000);
      return bench.cuts;
    };
    expect([cutsAfter('GRACEFUL_RESTART'), cutsAfter('RESTART'), cutsAfter('STOP')]).toEqual([0, 1, 2]);
  });

  it('restart with the groups of a new configuration, and with those of the old one after that', () => {
    const bench = new Bench([plan('', 'child', 1), plan('shop', 'daemon', 2)]);
    pass(1_000);
    const to = {
      plans: [plan('shop', 'daemon', 1), plan('blog', 'daemon', 3)],
      gracefulShutdownTimeout: millis(0),
      mpm: 'prefork' as const,
    };
    bench.server.send({ type: 'GRACEFUL_RESTART', to });
    pass(1_000);
    expect([bench.state, bench.alive]).toEqual(['running', ['blog#1', 'blog#2', 'blog#3', 'shop#3']]);
    bench.server.send({
      type: 'RESTART',
      to: { ...to, plans: [plan('', 'child', 2), plan('shop', 'daemon', 1)] },
    });
    pass(1_000);
    expect([bench.state, bench.alive]).toEqual(['running', ['embedded#2', 'embedded#3', 'shop#4']]);
    bench.send('STOP');
    pass(1_000);
    expect([bench.state, bench.alive]).toEqual(['stopped', []]);
  });

  it.each(['GRACEFUL_RESTART', 'RESTART'] as const)(
    'start nothing at a %s before the daemon processes of before are gone',
    (restart) => {
      const bench = new Bench(site);
      pass(1_000);
      bench.busy.add('shop#1' as ProcessId);
      bench.send(restart);
      pass(2_999);
      expect([bench.alive, bench.count('process.spawned'), bench.again]).toEqual([['shop#1'], 4, 0]);
      pass(100);
      expect([bench.state, bench.alive.length, bench.again]).toEqual(['running', 4, 1]);
    },
  );

  it('end daemon processes only when the children are gone, which are killed nine seconds after they were told', () => {
    const bench = new Bench(site);
    pass(1_000);
    bench.busy.add('embedded#1' as ProcessId);
    bench.send('RESTART');
    pass(8_999);
    expect(bench.alive).toEqual(['embedded#1', 'shop#1', 'shop#2']);
    pass(1_000);
    expect([bench.state, bench.alive]).toEqual(['running', ['embedded#3', 'embedded#4', 'shop#3', 'shop#4']]);
    bench.busy.add('embedded#3' as ProcessId);
    bench.send('STOP');
    pass(8_999);
    expect(bench.alive).toEqual(['embedded#3', 'shop#3', 'shop#4']);
    pass(1_000);
    expect([bench.state, bench.alive]).toEqual(['stopped', []]);
  });

  it.each([
    ['RESTART', ['running', ['shop#2']]],
    ['STOP', ['stopped', []]],
  ] as const)('wait at a %s for what the children have forwarded, for nine seconds', (told, after) => {
    for (const children of [[], [plan('', 'child', 0)]])
      for (const isOver of [true, false]) {
        const bench = new Bench([...children, plan('shop', 'daemon', 1)], millis(0), 'worker');
        pass(1_000);
        bench.forwards = 1;
        bench.send(told);
        pass(8_000);
        expect(bench.alive).toEqual(['shop#1']);
        if (isOver) {
          bench.forwards = 0;
          bench.server.send({ type: 'FORWARDS_OVER' });
        } else pass(1_000);
        pass(10);
        expect([bench.state, bench.alive]).toEqual(after);
      }
  });

  it.each([
    ['STOP', 'stopped'],
    ['GRACEFUL_STOP', 'stopped'],
  ] as const)('hear of a %s only when a restart is over that they are in', (stop, end) => {
    const bench = new Bench(site);
    pass(1_000);
    bench.busy.add('shop#1' as ProcessId);
    bench.send('GRACEFUL_RESTART').send(stop);
    pass(2_999);
    expect([bench.alive, bench.listening]).toEqual([['shop#1'], ['open']]);
    pass(1_000);
    expect([bench.state, bench.alive, bench.count('process.spawned')]).toEqual([end, [], 4]);
  });

  it('restart once more when a restart is asked for during a restart', () => {
    const bench = new Bench(site);
    pass(1_000);
    bench.send('RESTART');
    const to = { plans: [plan('shop', 'daemon', 1)], gracefulShutdownTimeout: millis(0), mpm: 'prefork' as const };
    bench.server.send({ type: 'RESTART', to });
    pass(1_000);
    expect([bench.state, bench.alive.length]).toEqual(['running', 1]);
  });

  it('stop in the end whatever was asked of them before, and leave no process', () => {
    const asked = fc.array(
      fc.tuple(fc.constantFrom('RESTART', 'GRACEFUL_RESTART', 'GRACEFUL_STOP', 'STOP'), fc.nat(4)),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(asked, fc.nat(3), (events, delay) => {
        vi.clearAllTimers();
        const bench = new Bench(site);
        pass(delay);
        for (const [event, pause] of events) {
          bench.send(event);
          pass(pause);
        }
        bench.send('STOP');
        pass(60_000);
        expect(bench.state).toBe('stopped');
        expect(bench.count('process.exited')).toBe(bench.count('process.spawned'));
      }),
    );
  });
});

describe('a graceful stop', () => {
  const stopping = (timeout: Millis, mpm?: Mpm): Bench => {
    const bench = new Bench(site, timeout, mpm);
    pass(1_000);
    bench.busy.add('embedded#1' as ProcessId);
    return bench.send('GRACEFUL_STOP');
  };

  it('closes the listeners and keeps the daemon processes until the last child is gone', () => {
    const bench = stopping(millis(0));
    expect(bench.listening.at(-1)).toBe('closed');
    pass(600_000);
    expect(bench.process('shop#1')?.getSnapshot().matches('serving')).toBe(true);
    bench.busy.clear();
    bench.process('embedded#1')?.send({ type: 'IDLE' });
    pass(1_000);
    expect(bench.state).toBe('stopped');
  });

  it('waits for the connections where no process stands for the children', () => {
    const bench = new Bench([plan('shop', 'daemon', 1)]);
    pass(1_000);
    bench.connections = 1;
    bench.send('GRACEFUL_STOP');
    pass(60_000);
    expect(bench.state).toBe('stoppingGracefully');
    bench.connections = 0;
    bench.server.send({ type: 'CONNECTIONS_OVER' });
    pass(1_000);
    expect(bench.state).toBe('stopped');
  });

  it('waits for the children no longer than GracefulShutdownTimeout', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600_000 }), (timeout) => {
        vi.clearAllTimers();
        const bench = stopping(millis(timeout));
        pass(timeout - 1);
        expect(bench.state).toBe('stoppingGracefully');
        pass(1);
        expect(bench.state).toBe('stopping');
        pass(10_000);
        expect(bench.state).toBe('stopped');
      }),
    ));

  it.each(['worker', 'event'] as const)('lets the children of %s go on until they are killed, and answer', (mpm) => {
    const bench = stopping(fromSeconds(1), mpm);
    pass(1_000);
    bench.send('STOP');
    pass(8_999);
    expect([bench.state, bench.cuts, bench.alive]).toEqual(['terminating', 0, ['embedded#1', 'shop#1', 'shop#2']]);
    pass(1_000);
    expect([bench.state, bench.cuts, bench.alive]).toEqual(['stopped', 1, []]);
    const early = stopping(fromSeconds(1), mpm);
    pass(2_000);
    early.busy.clear();
    early.process('embedded#1')?.send({ type: 'GONE', exit: { kind: 'returned', code: 0 } });
    pass(1_000);
    expect(early.state).toBe('stopped');
  });
});
