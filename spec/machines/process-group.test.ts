import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ActorRefFrom, createActor, setup } from 'xstate';
import type { Exit } from '../trace.ts';
import { fromSeconds, millis, type ProcessId } from '../vocabulary.ts';
import { type ProcessGroupEvent, type ProcessGroupReport, processGroupMachine, type Retry } from './process-group.ts';
import type { GroupPlan } from './process-terms.ts';
import { serverProcessMachine } from './server-process.ts';
import { patientClock } from './timers.ts';

const plan = (kind: 'child' | 'daemon', processes: number, more: Partial<GroupPlan> = {}): GroupPlan => ({
  processGroup: kind === 'child' ? '' : 'shop',
  terms: {
    kind,
    threads: 1,
    allowance: 0,
    isMonitored: kind === 'daemon',
    watch: null,
    restartInterval: millis(0),
    gracefulTimeout: fromSeconds(15),
    evictionTimeout: millis(0),
    shutdownTimeout: fromSeconds(5),
    terminationTimeout: fromSeconds(3),
  },
  size: { start: processes, min: 1, max: processes },
  spareThreads: null,
  ...more,
});

/** A group in a world where processes do what the test says, and the server listens. */
class Bench {
  /** Processes in the order started, with when, in ms since the bench began. */
  readonly started: { readonly process: ProcessId; readonly at: number }[] = [];
  readonly asked: string[] = [];
  readonly busy = new Set<ProcessId>();
  readonly retries: Retry[] = [];
  /** With which processes each one shares its slot, in the order started. */
  readonly beside: (readonly ProcessId[])[] = [];
  /** How often the group had all its processes. */
  full = 0;
  isOver = false;
  /** What the world answers when the group takes stock. */
  idleThreads = (): number => 0;
  partlyGone: readonly ProcessId[] = [];
  readonly #group: ActorRefFrom<typeof processGroupMachine>;
  readonly #processes = new Map<ProcessId, ActorRefFrom<typeof serverProcessMachine>>();
  readonly #began = Date.now();

  constructor(input: GroupPlan) {
    const serverProcess = serverProcessMachine.provide({
      actions: {
        spawn: ({ context, self }) => {
          this.started.push({ process: context.process, at: Date.now() - this.#began });
          this.beside.push(context.beside);
          this.#processes.set(context.process, self as ActorRefFrom<typeof serverProcessMachine>);
        },
        beginDraining: ({ context }) => this.asked.push(`drain ${context.process}`),
        requestShutdown: ({ context }) => this.asked.push(`shut down ${context.process}`),
      },
      guards: { isIdle: ({ context }) => !this.busy.has(context.process) },
    });
    const group = processGroupMachine.provide({
      actors: { serverProcess },
      actions: {
        takeStock: ({ self }) =>
          self.send({ type: 'STOCK', idleThreads: this.idleThreads(), partlyGone: this.partlyGone }),
        tellOfRetry: (_, retry) => this.retries.push(retry),
      },
    });
    const server = setup({ types: { events: {} as ProcessGroupReport }, actors: { group } }).createMachine({
      invoke: {
        id: 'group',
        src: 'group',
        input,
        onDone: {
          actions: () => {
            this.isOver = true;
          },
        },
      },
      on: {
        GROUP_FULL: {
          actions: () => {
            this.full++;
          },
        },
        // Nobody else has anything to wait for.
        GROUP_VACATED: { actions: () => this.tell({ type: 'FILL' }) },
      },
    });
    const actor = createActor(server, {
      clock: patientClock({ setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) }),
    }).start();
    const { group: ref } = actor.getSnapshot().children;
    this.#group = ref as ActorRefFrom<typeof processGroupMachine>;
  }

  /** A group with all its processes. */
  static full(input: GroupPlan): Bench {
    const bench = new Bench(input);
    bench.ready();
    return bench;
  }

  tell(event: ProcessGroupEvent): void {
    this.#group.send(event);
  }

  /** Whatever was started and is not ready becomes ready. */
  ready(): void {
    for (const process of this.#processes.values())
      if (process.getSnapshot().matches('spawning')) process.send({ type: 'SPAWNED', pid: 7 });
    for (const process of this.#processes.values())
      if (process.getSnapshot().matches('starting')) process.send({ type: 'READY' });
  }

  gone(process: ProcessId, exit: Exit = { kind: 'returned', code: 0 }): void {
    this.#processes.get(process)?.send({ type: 'GONE', exit });
    this.#processes.delete(process);
  }

  /** The processes of which the group keeps an actor. */
  get kept(): readonly ProcessId[] {
    const actors = Object.values(this.#group.getSnapshot().children) as readonly ActorRefFrom<
      typeof serverProcessMachine
    >[];
    return actors.map((actor) => actor.getSnapshot().context.process);
  }

  /** The names under which it keeps them. */
  get names(): readonly string[] {
    return Object.keys(this.#group.getSnapshot().children);
  }

  get alive(): readonly ProcessId[] {
    return [...this.#processes.keys()];
  }
}

const idOf = (bench: Bench, index: number): ProcessId => bench.started[index]?.process ?? ('none' as ProcessId);
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

describe('a group of processes', () => {
  it.each(['child', 'daemon'] as const)('keeps nothing of a %s process that is gone', (kind) => {
    const bench = Bench.full(plan(kind, 2));
    for (let round = 0; round < 5; round++) {
      const [first] = bench.alive;
      if (first) bench.gone(first);
      pass(20_000);
      bench.ready();
    }
    expect(bench.started.length).toBeGreaterThanOrEqual(kind === 'daemon' ? 7 : 2);
    expect(bench.kept.toSorted()).toEqual(bench.alive.toSorted());
    // XState remembers every name: none is of one process only.
    for (const name of bench.names) expect(Number(/^place (\d+)$/.exec(name)?.[1])).toBeLessThanOrEqual(4);
  });

  it('starts its number at once and says so when all are ready', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (processes) => {
        const bench = new Bench(plan('daemon', processes));
        expect(bench.started.map(({ process }) => process)).toEqual(
          Array.from({ length: processes }, (_, i) => `shop#${i + 1}`),
        );
        expect(bench.full).toBe(0);
        bench.ready();
        expect(bench.full).toBe(1);
      }),
    ));

  it('replaces a daemon process at once, but not before it is gone', () => {
    const bench = Bench.full(plan('daemon', 2));
    bench.tell({ type: 'PROCESS_READY', process: idOf(bench, 0) });
    pass(60_000);
    expect(bench.started).toHaveLength(2);
    bench.gone(idOf(bench, 0));
    pass(0);
    expect(bench.started.map(({ at }) => at)).toEqual([0, 0, 60_000]);
    bench.ready();
    expect(bench.full).toBe(2);
  });

  it('always comes back to its number, whichever processes end', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.tuple(fc.nat(4), fc.boolean())), (processes, deaths) => {
        const bench = Bench.full(plan('daemon', processes));
        for (const [index, settles] of deaths) {
          const victim = bench.alive[index % processes];
          if (victim !== undefined) bench.gone(victim);
          if (!settles) continue;
          pass(20_000);
          bench.ready();
        }
        pass(20_000);
        bench.ready();
        expect(bench.alive).toHaveLength(processes);
        expect(new Set(bench.started.map(({ process }) => process)).size).toBe(bench.started.length);
      }),
    ));

  it('starts one about once a second, for ever, while processes end before they are ready', () => {
    const bench = new Bench(plan('daemon', 1));
    for (let failure = 0; failure < 20; failure++) {
      bench.gone(idOf(bench, failure));
      vi.advanceTimersToNextTimer();
    }
    const starts = bench.started.map(({ at }) => at);
    expect(starts.slice(0, 6)).toEqual([0, 200, 600, 1_400, 2_400, 3_400]);
    expect(starts.at(-1)).toBe(18_400);
  });

  it('waits ever longer, up to the longest pause it is given, while processes end before they are ready', () => {
    const bench = new Bench(plan('daemon', 1, { longestPause: fromSeconds(20) }));
    const waits: number[] = [];
    for (let failure = 0; failure < 10; failure++) {
      const failed = bench.started.at(-1);
      bench.gone(idOf(bench, failure));
      vi.advanceTimersToNextTimer();
      waits.push((bench.started.at(-1)?.at ?? 0) - (failed?.at ?? 0));
    }
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 20_000, 20_000, 20_000]);
    bench.ready();
    pass(1_000);
    bench.gone(idOf(bench, 10));
    pass(0);
    expect(bench.started).toHaveLength(12);
  });

  it('waits up to a second while processes end as soon as they are ready', () => {
    const bench = new Bench(plan('daemon', 1));
    for (let failure = 0; failure < 6; failure++) {
      bench.ready();
      bench.gone(idOf(bench, failure));
      vi.advanceTimersToNextTimer();
    }
    const starts = bench.started.map(({ at }) => at);
    expect(starts.slice(1).map((at, index) => at - (starts[index] ?? 0))).toEqual([200, 400, 800, 1_000, 1_000, 1_000]);
    expect(bench.retries.at(-1)).toMatchObject({ wasReady: true, failures: 6, delay: 1_000 });
  });

  it('tries once, not once for each, when all its processes fail together', () => {
    const bench = new Bench(plan('daemon', 4));
    for (const process of bench.alive) bench.gone(process);
    pass(199);
    expect(bench.started).toHaveLength(4);
    pass(1);
    expect(bench.started).toHaveLength(8);
  });

  it('keeps the first one waiting no longer because others die after it', () => {
    const bench = Bench.full(plan('daemon', 6));
    for (const process of bench.alive) {
      bench.gone(process);
      pass(150);
    }
    expect(bench.started.slice(6).map(({ at }) => at)).toEqual([200, 200]);
  });

  it('replaces what ends after a restart, also one that came while a replacement waited', () => {
    const bench = Bench.full(plan('daemon', 1));
    const fails = (): void => {
      bench.gone(idOf(bench, bench.started.length - 1));
    };
    fails();
    bench.tell({ type: 'RESTART', graceful: false, plan: plan('daemon', 1) });
    expect(bench.started).toHaveLength(2);
    pass(1_000);
    bench.ready();
    fails();
    pass(1_000);
    expect(bench.started).toHaveLength(3);
  });

  it('lets maintenance start no child while a replacement of those that were never ready waits', () => {
    const bench = Bench.full({
      ...plan('child', 1, { longestPause: fromSeconds(20) }),
      size: { start: 1, min: 1, max: 100 },
      spareThreads: { min: 75, max: 250 },
    });
    for (let second = 0; second < 60; second++) {
      pass(1_000);
      for (const process of bench.alive.slice(1)) bench.gone(process);
    }
    expect(bench.started.length).toBeLessThan(12);
  });

  it('is over when it was told to stop and its last process is gone', () => {
    for (const type of ['STOP', 'DRAIN'] as const) {
      const bench = Bench.full(plan('daemon', 2));
      bench.tell({ type });
      bench.gone(idOf(bench, 0));
      pass(30_000);
      expect([bench.started.length, bench.isOver]).toEqual([2, false]);
      bench.gone(idOf(bench, 1));
      expect(bench.isOver).toBe(true);
    }
  });

  it('is over as well when it was told to stop while processes were starting', () => {
    for (const type of ['STOP', 'DRAIN'] as const) {
      const bench = new Bench(plan('daemon', 2));
      bench.tell({ type });
      bench.ready();
      for (const process of bench.alive) bench.gone(process);
      expect([bench.isOver, bench.full]).toEqual([true, 0]);
    }
  });
});

describe('a restart', () => {
  it('lets children finish where it is graceful, and ends daemon processes in any case', () => {
    const children = Bench.full(plan('child', 2));
    children.busy.add(idOf(children, 0)).add(idOf(children, 1));
    children.tell({ type: 'RESTART', graceful: true, plan: plan('child', 2) });
    expect(children.asked).toEqual(['drain embedded#1', 'drain embedded#2']);
    for (const graceful of [true, false]) {
      const daemons = Bench.full(plan('daemon', 2));
      daemons.busy.add(idOf(daemons, 0)).add(idOf(daemons, 1));
      daemons.tell({ type: 'RESTART', graceful, plan: plan('daemon', 2) });
      expect(daemons.asked).toEqual(['shut down shop#1', 'shut down shop#2']);
    }
  });

  it('replaces every process, those that are just starting included', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.boolean(), (processes, isFull, graceful) => {
        const bench = isFull ? Bench.full(plan('daemon', processes)) : new Bench(plan('daemon', processes));
        const before = bench.alive;
        bench.tell({ type: 'RESTART', graceful, plan: plan('daemon', processes) });
        bench.ready();
        for (const process of before) bench.gone(process);
        pass(20_000);
        bench.ready();
        expect(bench.alive).toHaveLength(processes);
        expect(bench.alive.filter((process) => before.includes(process))).toEqual([]);
        expect(bench.full).toBe(isFull ? 2 : 1);
      }),
    ));

  it('starts as many as the new configuration says, and none where that has no such group any more', () =>
    fc.assert(
      fc.property(fc.nat(4), fc.nat(4), fc.constantFrom('child', 'daemon'), fc.boolean(), (was, is, kind, graceful) => {
        const bench = Bench.full(plan(kind, was));
        const before = bench.alive;
        bench.tell({ type: 'RESTART', graceful, plan: plan(kind, is) });
        for (const process of before) bench.gone(process);
        pass(20_000);
        bench.ready();
        expect(bench.alive).toHaveLength(is);
        expect(bench.full).toBeGreaterThan(1);
      }),
    ));

  it('starts new children beside those that finish, as far as there are places', () => {
    const size = { start: 2, min: 1, max: 3, slots: 4 };
    const spareThreads = { min: 0, max: 9 };
    for (const [slots, atOnce] of [
      [4, 2],
      [3, 1],
      [2, 0],
    ] as const) {
      const bench = Bench.full(plan('child', 2, { size, spareThreads }));
      for (const process of bench.alive) bench.busy.add(process);
      bench.tell({
        type: 'RESTART',
        graceful: true,
        plan: plan('child', 2, { size: { ...size, slots }, spareThreads }),
      });
      bench.ready();
      expect([bench.alive.length, bench.full]).toEqual([2 + atOnce, 2]);
      // What is owed follows as the old ones go.
      bench.gone(idOf(bench, 0));
      bench.gone(idOf(bench, 1));
      pass(0);
      bench.ready();
      expect(bench.alive).toHaveLength(2);
    }
  });

  it('that is not graceful starts new children only when the old ones are gone', () => {
    const bench = Bench.full(plan('child', 2));
    for (const process of bench.alive) bench.busy.add(process);
    bench.tell({ type: 'RESTART', graceful: false, plan: plan('child', 2, { size: { start: 2, min: 1, max: 9 } }) });
    pass(1_000);
    expect([bench.started.length, bench.full]).toEqual([2, 1]);
    bench.gone(idOf(bench, 0));
    bench.gone(idOf(bench, 1));
    pass(0);
    bench.ready();
    expect([bench.started.length, bench.full]).toEqual([4, 2]);
  });

  it('does not bring a stopping group back', () => {
    const bench = Bench.full(plan('daemon', 1));
    bench.tell({ type: 'STOP' });
    bench.tell({ type: 'RESTART', graceful: true, plan: plan('daemon', 1) });
    bench.gone(idOf(bench, 0));
    pass(1_000);
    expect([bench.started.length, bench.isOver]).toEqual([1, true]);
  });
});

describe('Apache children that follow the load', () => {
  const following = (start: number, max: number): GroupPlan =>
    plan('child', start, { size: { start, min: 1, max }, spareThreads: { min: 60, max: 100 } });
  const startedEachSecond = (bench: Bench, seconds: number): readonly number[] =>
    Array.from({ length: seconds }, () => {
      const before = bench.started.length;
      pass(1_000);
      bench.ready();
      return bench.started.length - before;
    });

  it('are started 1, 2, 4, 8, 16, 32 and again 32 a second while too few are idle', () => {
    const bench = Bench.full(following(1, 200));
    expect(startedEachSecond(bench, 8)).toEqual([1, 2, 4, 8, 16, 32, 32, 32]);
  });

  it('are started so even while none of the earlier ones is ready', () => {
    const bench = Bench.full(following(1, 200));
    pass(6_000);
    expect(bench.started.map(({ at }) => at).filter((at) => at === 6_000)).toHaveLength(32);
  });

  it('are started one a second for ten seconds after a graceful restart, and then ever more', () => {
    const bench = Bench.full(following(1, 200));
    bench.tell({ type: 'RESTART', graceful: true, plan: following(1, 200) });
    bench.ready();
    expect(startedEachSecond(bench, 13)).toEqual([...Array.from({ length: 10 }, () => 1), 1, 2, 4]);
  });

  it('start with one a second again after a second in which enough were idle', () => {
    const bench = Bench.full(following(1, 200));
    expect(startedEachSecond(bench, 3)).toEqual([1, 2, 4]);
    bench.idleThreads = () => 60;
    expect(startedEachSecond(bench, 1)).toEqual([0]);
    bench.idleThreads = () => 59;
    expect(startedEachSecond(bench, 3)).toEqual([1, 2, 4]);
  });

  it('are never more than the limit', () => {
    const bench = Bench.full(following(1, 12));
    startedEachSecond(bench, 10);
    expect(bench.alive).toHaveLength(12);
  });

  it('are told to go one a second while too many are idle, the youngest first, and are not replaced', () => {
    const bench = Bench.full(following(4, 200));
    bench.idleThreads = () => 101;
    pass(2_000);
    expect(bench.asked.filter((asked) => asked.startsWith('shut'))).toEqual([
      'shut down embedded#4',
      'shut down embedded#3',
    ]);
    bench.idleThreads = () => 80;
    bench.gone(idOf(bench, 3));
    bench.gone(idOf(bench, 2));
    pass(10_000);
    expect(bench.started).toHaveLength(4);
  });

  it('that die are made up for by the next round, if too few are idle then', () => {
    const bench = Bench.full(following(2, 200));
    pass(500);
    bench.gone(idOf(bench, 0));
    pass(499);
    expect(bench.started).toHaveLength(2);
    pass(1);
    expect(bench.started.map(({ at }) => at)).toEqual([0, 0, 1_000]);
    bench.idleThreads = () => 60;
    bench.ready();
    bench.gone(idOf(bench, 1));
    pass(10_000);
    expect(bench.alive).toHaveLength(1);
  });

  const killed: Exit = { kind: 'killed', by: 'SIGKILL' };

  it.each(['worker', 'event'] as const)(
    'that a signal kills are replaced at once under %s, but the third within a second waits for the next round',
    (mpm) => {
      const bench = Bench.full({ ...following(4, 200), mpm });
      bench.idleThreads = () => 80;
      pass(2_500);
      for (const index of [0, 1, 2]) bench.gone(idOf(bench, index), killed);
      expect(bench.started.map(({ at }) => at)).toEqual([0, 0, 0, 0, 2_500, 2_500]);
      bench.idleThreads = () => 59;
      pass(1_000);
      expect(bench.started).toHaveLength(7);
    },
  );

  it('that a signal kills wait for the next round under prefork', () => {
    const bench = Bench.full({ ...following(4, 200), mpm: 'prefork' });
    bench.idleThreads = () => 80;
    pass(2_500);
    bench.gone(idOf(bench, 0), killed);
    pass(10_000);
    expect(bench.started).toHaveLength(4);
  });

  it.each([
    ['worker', 1],
    ['prefork', 0],
  ] as const)('of %s have %i successor beside the only one, which finishes its requests', (mpm, successors) => {
    const only = { ...following(1, 1), mpm };
    const bench = Bench.full(only);
    bench.busy.add(idOf(bench, 0));
    bench.tell({ type: 'RESTART', graceful: true, plan: only });
    bench.partlyGone = [idOf(bench, 0)];
    pass(5_000);
    expect(bench.alive).toHaveLength(1 + successors);
  });

  it('of worker share the slot of one that goes only where none is empty, and never with one that stays', () => {
    const bench = Bench.full({ ...following(2, 3), mpm: 'worker' });
    bench.idleThreads = () => 0;
    const [first, second] = [idOf(bench, 0), idOf(bench, 1)];
    bench.busy.add(first).add(second);
    bench.tell({ type: 'RESTART', graceful: true, plan: { ...following(2, 3), mpm: 'worker' } });
    bench.ready();
    expect(bench.beside).toEqual([[], [], []]);
    bench.partlyGone = [second];
    pass(5_000);
    expect(bench.beside).toEqual([[], [], [], [second]]);
    bench.partlyGone = [first, second];
    pass(5_000);
    expect(bench.beside).toEqual([[], [], [], [second], [first]]);
  });

  it('of event are told to go one after the other where a restart would find no places beside them', () => {
    const bench = Bench.full({ ...following(4, 4), mpm: 'event' });
    bench.idleThreads = () => 101;
    bench.busy.add(idOf(bench, 3));
    pass(5_000);
    expect(bench.asked).toEqual(['drain embedded#4']);
    bench.busy.clear();
    bench.gone(idOf(bench, 3));
    pass(1_000);
    expect(bench.asked.filter((asked) => asked.startsWith('drain'))).toEqual(['drain embedded#4', 'drain embedded#3']);
  });

  it('that die before the server is up are replaced', () => {
    const bench = new Bench(following(2, 200));
    bench.gone(idOf(bench, 0));
    pass(20_000);
    bench.ready();
    expect([bench.full, bench.alive.length]).toEqual([1, 2]);
  });
});
