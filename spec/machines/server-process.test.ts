import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ActorRefFrom, createActor, setup } from 'xstate';
import type { Exit, Happening } from '../trace.ts';
import { fromSeconds, millis, processId, type Signal } from '../vocabulary.ts';
import type { ProcessTerms } from './process-terms.ts';
import {
  type ServerProcessEnd,
  type ServerProcessEvent,
  type ServerProcessReport,
  serverProcessMachine,
} from './server-process.ts';
import { patientClock } from './timers.ts';

const daemon: ProcessTerms = {
  kind: 'daemon',
  threads: 5,
  allowance: 0,
  isMonitored: true,
  watch: null,
  restartInterval: millis(0),
  gracefulTimeout: fromSeconds(15),
  evictionTimeout: millis(0),
  shutdownTimeout: fromSeconds(5),
  terminationTimeout: fromSeconds(3),
};
const child: ProcessTerms = {
  ...daemon,
  kind: 'child',
  isMonitored: false,
  gracefulTimeout: millis(0),
  shutdownTimeout: millis(0),
  terminationTimeout: fromSeconds(9),
};

/** A process under a group that only listens, in a world that does nothing by itself. */
class Bench {
  readonly happenings: Happening[] = [];
  readonly asked: string[] = [];
  readonly told: (ServerProcessReport | ServerProcessEnd)[] = [];
  /** Requests in progress. */
  busy = 0;
  /** When the process was ended by force, in ms since the bench began. */
  forcedAt: number | null = null;
  readonly #process: ActorRefFrom<typeof serverProcessMachine>;
  readonly #began = Date.now();

  constructor(terms: ProcessTerms) {
    const machine = serverProcessMachine.provide({
      actions: {
        spawn: () => this.asked.push('spawn'),
        beginDraining: (_, { accepts }) => this.asked.push(accepts ? 'drain accepting' : 'drain'),
        stopAccepting: () => this.asked.push('stop accepting'),
        requestShutdown: () => this.asked.push('shut down'),
        forceExit: () => {
          this.forcedAt ??= Date.now() - this.#began;
        },
        report: (_, happening) => this.happenings.push(happening),
      },
      guards: { isIdle: () => this.busy === 0 },
    });
    const group = setup({
      types: { events: {} as ServerProcessReport },
      actors: { process: machine },
    }).createMachine({
      invoke: {
        id: 'process',
        src: 'process',
        input: { process: processId('shop', 1), processGroup: 'shop', terms, beside: [] },
        onDone: { actions: ({ event }) => this.told.push(event.output) },
      },
      on: { PROCESS_READY: { actions: ({ event }) => this.told.push(event) } },
    });
    const actor = createActor(group, {
      clock: patientClock({ setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) }),
    }).start();
    const { process } = actor.getSnapshot().children;
    this.#process = process as ActorRefFrom<typeof serverProcessMachine>;
  }

  static serving(terms: ProcessTerms): Bench {
    const bench = new Bench(terms);
    bench.tell({ type: 'SPAWNED', pid: 7 });
    bench.tell({ type: 'READY' });
    return bench;
  }

  /** A process that is gone hears nothing. */
  tell(event: ServerProcessEvent): this {
    if (this.#process.getSnapshot().status === 'active') this.#process.send(event);
    return this;
  }

  signal(signal: Signal): this {
    return this.tell({ type: 'SIGNAL', signal });
  }

  gone(exit: Exit = { kind: 'returned', code: 0 }): this {
    return this.tell({ type: 'GONE', exit });
  }

  /** The requests in progress all end, after `delay`. */
  finishAll(delay: number): this {
    vi.advanceTimersByTime(delay);
    this.busy = 0;
    return this.tell({ type: 'IDLE' });
  }

  /** The outermost state. */
  get state(): string {
    const { value } = this.#process.getSnapshot();
    return typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
  }

  get because(): readonly string[] {
    return this.happenings.flatMap((happening) => ('because' in happening ? [happening.because] : []));
  }

  get kinds(): readonly string[] {
    return this.happenings.map((happening) => happening.kind);
  }
}

/** The reason that a process gave when it came to this part of its end; undefined where it did not. */
const because = ({ happenings }: Bench, kind: 'process.draining' | 'process.stopping') =>
  happenings.flatMap((happening) => (happening.kind === kind ? [happening.because] : []))[0];

/** Seconds that are not 0. */
const someTime = fc.integer({ min: 1, max: 600_000 }).map((ms) => millis(ms));

/** @returns when it stops by itself, in ms from now; null for never. */
function stopsAfter(bench: Bench): number | null {
  const began = Date.now();
  for (let fired = 0; bench.state === 'draining' && vi.getTimerCount() > 0 && fired < 10; fired++)
    vi.advanceTimersToNextTimer();
  return bench.state === 'stopping' ? Date.now() - began : null;
}

beforeAll(() => {
  vi.useFakeTimers();
});
beforeEach(() => {
  vi.clearAllTimers();
});
afterAll(() => {
  vi.useRealTimers();
});
const property = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void): void =>
  fc.assert(
    fc.property(arbitrary, (value) => {
      vi.clearAllTimers();
      check(value);
    }),
  );

describe('a server process', () => {
  it('tells its group when it takes requests, and how it ended', () => {
    const bench = new Bench(daemon);
    expect(bench.asked).toEqual(['spawn']);
    bench.tell({ type: 'SPAWNED', pid: 7 }).tell({ type: 'READY' }).signal('SIGTERM').gone();
    expect(bench.told).toEqual([
      { type: 'PROCESS_READY', process: 'shop#1' },
      { process: 'shop#1', because: 'signal', wasReady: true, isProven: true, wasKilled: false },
    ]);
  });

  it('passes through its life in order and through each part once, whatever happens to it', () => {
    const events = fc.constantFrom<ServerProcessEvent>(
      { type: 'SPAWNED', pid: 7 },
      { type: 'READY' },
      { type: 'SATURATED' },
      { type: 'THREAD_FREE' },
      { type: 'IDLE' },
      { type: 'SPENT' },
      { type: 'SCRIPT_CHANGED' },
      { type: 'SIGNAL', signal: 'SIGINT' },
      { type: 'SIGNAL', signal: 'SIGTERM' },
      { type: 'SIGNAL', signal: 'SIGUSR1' },
      { type: 'SIGNAL', signal: 'SIGXCPU' },
      { type: 'INACTIVE' },
      { type: 'REQUEST_TIMED_OUT' },
      { type: 'DEADLOCKED' },
      { type: 'STARTUP_TIMED_OUT' },
      { type: 'RETIRE', because: 'surplus' },
      { type: 'TERMINATE', because: 'server-stop' },
      { type: 'GONE', exit: { kind: 'killed', by: 'SIGKILL' } },
    );
    const steps = fc.array(fc.tuple(events, fc.nat(3), fc.nat(9000)), { maxLength: 20 });
    property(fc.tuple(fc.constantFrom(daemon, child), steps), ([terms, taken]) => {
      const bench = new Bench(terms);
      for (const [event, busy, pause] of taken) {
        bench.busy = busy;
        bench.tell(event);
        vi.advanceTimersByTime(pause);
      }
      bench.gone();
      const life = bench.kinds.map((kind) => kind.replace('process.', '')).join(' ');
      expect(life).toMatch(/^(spawned )?(ready )?(draining )?(stopping )?exited$/);
      expect(bench.told.filter((message) => 'because' in message)).toHaveLength(1);
      // A process that waits for its last requests may be told to go for another reason; on its way out it has one reason.
      const [atLast = 'crash'] = bench.because.slice(-1);
      const waitedFor = because(bench, 'process.draining') ?? atLast;
      expect(because(bench, 'process.stopping') ?? atLast).toBe(atLast);
      expect([waitedFor, 'server-stop', ...(waitedFor === 'maximum-requests' ? ['signal'] : [])]).toContain(atLast);
    });
  });

  it('goes as soon as it is there when it was told to go before', () => {
    for (const type of ['TERMINATE', 'RETIRE'] as const) {
      const bench = new Bench(daemon).tell({ type, because: 'server-stop' });
      expect(bench.asked).toEqual(['spawn']);
      bench.tell({ type: 'SPAWNED', pid: 7 });
      expect(bench.asked).toEqual(['spawn', 'stop accepting', 'shut down']);
    }
  });

  it('that died says so: a signal from outside killed it, or it crashed', () => {
    expect(Bench.serving(daemon).gone({ kind: 'killed', by: 'SIGKILL' }).because).toEqual(['signal']);
    expect(Bench.serving(daemon).gone({ kind: 'returned', code: 3 }).because).toEqual(['crash']);
    expect(Bench.serving(daemon).gone({ kind: 'killed', by: 'SIGSEGV' }).because).toEqual(['crash']);
  });

  it('has proved itself after a second of service, or when it was asked to end', () => {
    const gone = { kind: 'killed', by: 'SIGKILL' } as const;
    const isProven = (bench: Bench) =>
      bench.gone(gone).told.flatMap((told) => ('isProven' in told ? told.isProven : []));
    expect(isProven(Bench.serving(daemon))).toEqual([false]);
    const later = Bench.serving(daemon);
    vi.advanceTimersByTime(1_000);
    expect(isProven(later)).toEqual([true]);
    expect(isProven(Bench.serving(daemon).signal('SIGTERM'))).toEqual([true]);
  });

  it('that never took a request to its group says so', () => {
    const bench = new Bench(daemon).tell({ type: 'SPAWNED', pid: 7 }).gone({ kind: 'returned', code: 1 });
    expect(bench.told).toEqual([
      { process: 'shop#1', because: 'crash', wasReady: false, isProven: false, wasKilled: false },
    ]);
  });
});

describe('maximum-requests', () => {
  it('ends a process at once when nothing is in progress', () =>
    property(fc.nat(600_000), (gracefulTimeout) => {
      const bench = Bench.serving({ ...daemon, gracefulTimeout: millis(gracefulTimeout) }).tell({ type: 'SPENT' });
      expect(bench.state).toBe('stopping');
      expect(bench.kinds).not.toContain('process.draining');
      expect(bench.because).toEqual(['maximum-requests']);
    }));

  it('waits for a moment without a request, accepting meanwhile', () => {
    const bench = Bench.serving(daemon);
    bench.busy = 2;
    bench.tell({ type: 'SPENT' });
    expect(bench.asked).toEqual(['spawn', 'drain accepting']);
    bench.finishAll(14_000);
    expect(bench.state).toBe('stopping');
  });

  it('waits for nothing without a graceful-timeout', () => {
    const bench = Bench.serving({ ...daemon, gracefulTimeout: millis(0) });
    bench.busy = 2;
    expect(bench.tell({ type: 'SPENT' }).state).toBe('stopping');
  });

  it('gives graceful-timeout from the last completion, however often that moves', () =>
    property(fc.tuple(someTime, fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }))), ([timeout, pauses]) => {
      const bench = Bench.serving({ ...daemon, gracefulTimeout: timeout });
      bench.busy = 3;
      bench.tell({ type: 'SPENT' });
      for (const share of pauses) {
        vi.advanceTimersByTime(Math.floor(share * timeout));
        expect(bench.state).toBe('draining');
        bench.tell({ type: 'SPENT' });
      }
      expect(stopsAfter(bench)).toBe(timeout);
      expect(bench.kinds.filter((kind) => kind === 'process.draining')).toHaveLength(1);
    }));

  it('has no deadline where no monitor runs', () => {
    const bench = Bench.serving({ ...daemon, isMonitored: false });
    bench.busy = 1;
    bench.tell({ type: 'SPENT' });
    expect(stopsAfter(bench)).toBeNull();
  });
});

describe('MaxConnectionsPerChild', () => {
  it('lets a child finish what it has and take nothing more', () => {
    const bench = Bench.serving(child);
    bench.busy = 2;
    bench.tell({ type: 'SPENT' }).tell({ type: 'SPENT' });
    expect(bench.asked).toEqual(['spawn', 'drain']);
    expect(stopsAfter(bench)).toBeNull();
    expect(bench.finishAll(0).state).toBe('stopping');
    expect(new Set(bench.because)).toEqual(new Set(['max-connections-per-child']));
  });
});

describe('a signal', () => {
  it('SIGUSR1 gives requests the eviction-timeout, else the graceful-timeout, else all the time they need', () =>
    property(
      fc.tuple(fc.option(someTime, { nil: millis(0) }), fc.option(someTime, { nil: millis(0) })),
      ([evictionTimeout, gracefulTimeout]) => {
        const bench = Bench.serving({ ...daemon, evictionTimeout, gracefulTimeout });
        bench.busy = 1;
        bench.signal('SIGUSR1');
        expect(stopsAfter(bench)).toBe(evictionTimeout || gracefulTimeout || null);
      },
    ));

  it('SIGUSR1 begins another wait where a process waits for its last requests, and only there', () => {
    const options = { ...daemon, evictionTimeout: fromSeconds(2) };
    const atItsLimit = Bench.serving(options);
    atItsLimit.busy = 2;
    atItsLimit.tell({ type: 'SPENT' });
    vi.advanceTimersByTime(10_000);
    expect(stopsAfter(atItsLimit.signal('SIGUSR1'))).toBe(2_000);
    // A further completion is judged as before.
    const again = Bench.serving(options);
    again.busy = 3;
    again.tell({ type: 'SPENT' }).signal('SIGUSR1').tell({ type: 'SPENT' });
    expect(stopsAfter(again)).toBe(15_000);
  });

  it('of any kind stops a process that is only starting', () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const) {
      const bench = new Bench(daemon).tell({ type: 'SPAWNED', pid: 7 });
      expect(bench.signal(signal).state).toBe('stopping');
      expect(bench.because).toEqual(['signal']);
    }
  });

  it('SIGXCPU gives the graceful-timeout whatever the eviction-timeout', () => {
    const bench = Bench.serving({ ...daemon, evictionTimeout: fromSeconds(2) });
    bench.busy = 1;
    bench.signal('SIGXCPU');
    expect(bench.because).toEqual(['cpu-time-limit']);
    expect(stopsAfter(bench)).toBe(15_000);
  });

  it('SIGXCPU with graceful-timeout=0 gives nothing where there is an eviction-timeout', () => {
    const bench = Bench.serving({ ...daemon, gracefulTimeout: millis(0), evictionTimeout: fromSeconds(2) });
    bench.busy = 1;
    bench.signal('SIGXCPU');
    expect(stopsAfter(bench)).toBe(0);
  });

  it('that asks for grace stops an idle process at once', () => {
    for (const signal of ['SIGUSR1', 'SIGXCPU'] as const)
      expect(Bench.serving(daemon).signal(signal).state).toBe('stopping');
  });

  it('that asks for grace a second time changes nothing', () => {
    const bench = Bench.serving(daemon);
    bench.busy = 1;
    bench.signal('SIGUSR1');
    vi.advanceTimersByTime(10_000);
    bench.signal('SIGUSR1').signal('SIGXCPU');
    expect(stopsAfter(bench)).toBe(5_000);
  });

  it('SIGTERM and SIGINT stop a daemon process, and cut a graceful wait short', () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const bench = Bench.serving(daemon);
      bench.busy = 1;
      expect(bench.signal('SIGUSR1').state).toBe('draining');
      expect(bench.signal(signal).state).toBe('stopping');
    }
  });

  it('SIGINT is ignored by a child, and so is what only daemon processes understand', () => {
    for (const signal of ['SIGINT', 'SIGXCPU', 'SIGUSR2', 'SIGWINCH'] as const)
      expect(Bench.serving(child).signal(signal).state).toBe('serving');
    expect(Bench.serving(child).signal('SIGTERM').state).toBe('stopping');
    expect(Bench.serving(child).signal('SIGHUP').state).toBe('stopping');
  });
});

describe('shutdown', () => {
  it('is forced exactly at shutdown-timeout', () =>
    property(someTime, (shutdownTimeout) => {
      const bench = Bench.serving({ ...daemon, shutdownTimeout });
      bench.busy = 1;
      const began = Date.now();
      bench.signal('SIGTERM');
      vi.advanceTimersByTime(shutdownTimeout - 1);
      expect(bench.forcedAt).toBeNull();
      vi.advanceTimersByTime(1);
      expect(bench.forcedAt).toBe(shutdownTimeout);
      expect(Date.now() - began).toBe(shutdownTimeout);
    }));

  it('is never forced without one', () => {
    const bench = Bench.serving({ ...daemon, shutdownTimeout: millis(0) }).signal('SIGTERM');
    expect(vi.getTimerCount()).toBe(0);
    expect(bench.forcedAt).toBeNull();
  });

  it('by the server is forced after the time Apache gives, or before it at shutdown-timeout', () =>
    property(
      fc.tuple(fc.constantFrom(daemon, child), fc.option(someTime, { nil: millis(0) })),
      ([terms, shutdownTimeout]) => {
        const bench = Bench.serving({ ...terms, shutdownTimeout });
        bench.busy = 1;
        bench.tell({ type: 'TERMINATE', because: 'server-stop' });
        vi.advanceTimersByTime(700_000);
        expect(bench.forcedAt).toBe(Math.min(terms.terminationTimeout, shutdownTimeout || terms.terminationTimeout));
      },
    ));

  it('that the server asks for once more is asked for once and still forced in time', () => {
    const bench = Bench.serving({ ...daemon, shutdownTimeout: fromSeconds(60) });
    bench.busy = 1;
    bench.tell({ type: 'SCRIPT_CHANGED' });
    vi.advanceTimersByTime(1_000);
    bench.tell({ type: 'TERMINATE', because: 'server-stop' });
    vi.advanceTimersByTime(1_000);
    bench.tell({ type: 'TERMINATE', because: 'server-stop' });
    vi.advanceTimersByTime(60_000);
    expect(bench.asked.filter((asked) => asked === 'shut down')).toHaveLength(1);
    expect(bench.forcedAt).toBe(4_000);
    expect(bench.because).toEqual(['script-changed']);
  });

  it('after a changed script does not wait gracefully', () => {
    const bench = Bench.serving(daemon);
    bench.busy = 3;
    expect(bench.tell({ type: 'SCRIPT_CHANGED' }).state).toBe('stopping');
    expect(bench.kinds).not.toContain('process.draining');
  });
});

describe('restart-interval', () => {
  const readyFor = (bench: Bench): number => {
    const began = Date.now();
    for (let fired = 0; bench.state === 'serving' && vi.getTimerCount() > 0 && fired < 3; fired++)
      vi.advanceTimersToNextTimer();
    return Date.now() - began;
  };

  it('ends an idle process exactly then, a busy one after its graceful wait', () =>
    property(fc.tuple(someTime, fc.boolean()), ([restartInterval, isBusy]) => {
      const bench = Bench.serving({ ...daemon, restartInterval });
      bench.busy = isBusy ? 1 : 0;
      expect(readyFor(bench)).toBe(restartInterval);
      expect(bench.state).toBe(isBusy ? 'draining' : 'stopping');
      expect(bench.because).toEqual(['restart-interval']);
      if (isBusy) expect(stopsAfter(bench)).toBe(daemon.gracefulTimeout);
    }));

  it('is not prolonged by requests', () => {
    const bench = Bench.serving({ ...daemon, restartInterval: fromSeconds(10) });
    vi.advanceTimersByTime(6_000);
    bench.tell({ type: 'SATURATED' }).tell({ type: 'THREAD_FREE' });
    expect(readyFor(bench)).toBe(4_000);
  });

  it('that is off never ends a process', () => {
    expect(stopsAfter(Bench.serving({ ...daemon, restartInterval: millis(0) }))).toBeNull();
  });
});

describe('inactivity', () => {
  it('ends an idle process and is ignored while a request is in progress', () => {
    expect(Bench.serving(daemon).tell({ type: 'INACTIVE' }).because).toEqual(['inactivity-timeout']);
    const busy = Bench.serving(daemon);
    busy.busy = 1;
    expect(busy.tell({ type: 'INACTIVE' }).state).toBe('serving');
  });
});

describe('a request that takes too long, and a lost GIL', () => {
  it('stop the process with whatever it does, also during a graceful wait', () => {
    for (const type of ['REQUEST_TIMED_OUT', 'DEADLOCKED'] as const) {
      const bench = Bench.serving(daemon);
      bench.busy = 2;
      expect(bench.tell({ type }).state).toBe('stopping');
      const waiting = Bench.serving(daemon);
      waiting.busy = 2;
      expect(waiting.signal('SIGUSR1').tell({ type }).state).toBe('stopping');
    }
  });
});
