import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ActorRefFrom, createActor, createMachine } from 'xstate';
import type { Exit, Happening } from '../trace.ts';
import { fromSeconds, millis, processId } from '../vocabulary.ts';
import { plainTerms } from './a-worker-bench.ts';
import { patientClock } from './timers.ts';
import { type WorkerEvent, workerMachine } from './worker.ts';
import type { WorkerTerms } from './worker-terms.ts';

beforeAll(() => void vi.useFakeTimers());
beforeEach(() => void vi.setSystemTime(0));
afterAll(() => void vi.useRealTimers());

/** A worker in a world that does nothing by itself. */
class Bench {
  readonly happenings: Happening[] = [];
  readonly asked: string[] = [];
  isIdle = true;
  readonly #worker: ActorRefFrom<typeof workerMachine>;

  constructor(terms: Partial<WorkerTerms> = {}) {
    const machine = workerMachine.provide({
      actions: {
        stopAccepting: () => this.asked.push('stop accepting'),
        leave: () => this.asked.push('leave'),
        abort: () => this.asked.push('abort'),
        forceExit: () => this.asked.push(`kill at ${Date.now()}`),
        report: (_, happening) => this.happenings.push(happening),
      },
      guards: { isIdle: () => this.isIdle },
    });
    const input = { process: processId('worker', 1), processGroup: '', terms: { ...plainTerms, ...terms } };
    const clock = patientClock({ setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) });
    const parent = createActor(
      // Whom it reports to.
      workerParent(machine, input),
      { clock },
    ).start();
    const { worker } = parent.getSnapshot().children;
    this.#worker = worker as ActorRefFrom<typeof workerMachine>;
  }

  static serving(terms: Partial<WorkerTerms> = {}): Bench {
    return new Bench(terms).tell({ type: 'SPAWNED', pid: 7 }, { type: 'READY' });
  }

  tell(...events: readonly WorkerEvent[]): this {
    for (const event of events) if (this.#worker.getSnapshot().status === 'active') this.#worker.send(event);
    return this;
  }

  gone(exit: Exit = { kind: 'returned', code: 0 }): this {
    return this.tell({ type: 'GONE', exit });
  }

  get kinds(): readonly string[] {
    return this.happenings.map(({ kind }) => kind.replace('process.', ''));
  }

  get because(): string | undefined {
    const last = this.happenings.at(-1);
    return last?.kind === 'process.exited' ? last.because : undefined;
  }
}

const workerParent = (machine: typeof workerMachine, input: object) =>
  createMachine({ invoke: { id: 'worker', src: machine, input: () => input as never } });

const finish = { type: 'FINISH', because: 'server-restart' } as const;
const quit = { type: 'QUIT', because: 'server-stop' } as const;
const anyEvent: fc.Arbitrary<WorkerEvent> = fc.constantFrom<WorkerEvent>(
  { type: 'SPAWNED', pid: 7 },
  { type: 'READY' },
  { type: 'SATURATED' },
  { type: 'THREAD_FREE' },
  { type: 'IDLE' },
  { type: 'SPENT' },
  finish,
  quit,
  { type: 'OVERDUE', because: 'timeout' },
  { type: 'KILL' },
);
const anyTerms = fc.record({
  mercy: fc.constantFrom(millis(0), fromSeconds(60)),
  afterMercy: fc.constantFrom('gives-up' as const, 'is-killed' as const),
  quits: fc.constantFrom('at-once' as const, 'finishing' as const),
});

describe('a worker', () => {
  it('is told of in order, whatever happens to it, and ends exactly once', () =>
    fc.assert(
      fc.property(fc.array(anyEvent), anyTerms, fc.boolean(), (events, terms, isIdle) => {
        const bench = new Bench(terms);
        bench.isIdle = isIdle;
        bench.tell(...events).gone();
        const order = ['spawned', 'ready', 'draining', 'stopping', 'exited'];
        const places = bench.kinds.map((kind) => order.indexOf(kind));
        expect(places).toEqual([...new Set(places)].toSorted((a, b) => a - b));
        expect(bench.kinds.at(-1)).toBe('exited');
      }),
    ));

  it('keeps the first reason why it has to go', () => {
    expect(Bench.serving().tell(finish, quit).gone().because).toBe('server-restart');
    expect(Bench.serving().gone({ kind: 'killed', by: 'SIGKILL' }).because).toBe('signal');
    expect(Bench.serving().gone({ kind: 'killed', by: 'SIGSEGV' }).because).toBe('crash');
    expect(Bench.serving().gone({ kind: 'returned', code: 3 }).because).toBe('crash');
  });

  it('finishes what it has before it leaves, and takes nothing meanwhile', () => {
    const bench = Bench.serving();
    bench.isIdle = false;
    bench.tell(finish);
    expect([bench.kinds.at(-1), bench.asked]).toEqual(['draining', ['stop accepting']]);
    bench.isIdle = true;
    bench.tell({ type: 'IDLE' });
    expect([bench.kinds.at(-1), bench.asked.at(-1)]).toEqual(['stopping', 'leave']);
  });

  it('leaves at once when told to quit, unless it finishes even then', () => {
    for (const quits of ['at-once', 'finishing'] as const) {
      const bench = Bench.serving({ quits });
      bench.isIdle = false;
      bench.tell(quit);
      expect(bench.asked.includes('leave')).toBe(quits === 'at-once');
    }
  });

  it('gets mercy exactly as long as its terms say', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), (seconds) => {
        vi.setSystemTime(0);
        const bench = Bench.serving({ mercy: fromSeconds(seconds) });
        bench.isIdle = false;
        bench.tell(finish);
        vi.advanceTimersByTime(seconds * 1000 - 1);
        expect(bench.asked.filter((asked) => asked.startsWith('kill'))).toEqual([]);
        vi.advanceTimersByTime(1);
        expect(bench.asked.at(-1)).toBe(`kill at ${seconds * 1000}`);
        bench.gone();
      }),
      { numRuns: 20 },
    ));

  it('does not go for its requests before it is grown', () => {
    const bench = Bench.serving({ minLifetime: fromSeconds(10) });
    bench.tell({ type: 'SPENT' });
    expect(bench.kinds.at(-1)).toBe('ready');
    vi.advanceTimersByTime(10_000);
    bench.tell({ type: 'SPENT' }).gone();
    expect(bench.because).toBe('max-requests');
  });

  it('goes when it is as old as it may be', () => {
    const bench = Bench.serving({ maxLifetime: fromSeconds(100) });
    vi.advanceTimersByTime(99_999);
    expect(bench.kinds.at(-1)).toBe('ready');
    vi.advanceTimersByTime(1);
    expect(bench.gone().because).toBe('max-worker-lifetime');
  });

  it('that is overdue is aborted and killed at the next look, or killed without a word', () => {
    const late = Bench.serving({ watch: { limit: fromSeconds(30), of: 'requests', because: 'timeout' } });
    late.tell({ type: 'OVERDUE', because: 'timeout' });
    expect(late.asked).toEqual(['stop accepting', 'abort']);
    vi.advanceTimersByTime(1000);
    expect(late.asked.at(-1)).toMatch(/^kill/);
    const stuck = Bench.serving({ watch: { limit: fromSeconds(3), of: 'requests', because: 'harakiri' } });
    stuck.tell({ type: 'OVERDUE', because: 'harakiri' });
    expect(stuck.asked.at(-1)).toMatch(/^kill/);
    expect(stuck.gone({ kind: 'killed', by: 'SIGKILL' }).because).toBe('harakiri');
  });

  it('that was told to go before it was there goes as soon as it is', () => {
    expect(new Bench().tell(finish, { type: 'SPAWNED', pid: 7 }).asked.at(-1)).toBe('leave');
    expect(new Bench().tell({ type: 'SPAWNED', pid: 7 }, finish).asked.at(-1)).toBe('leave');
  });
});
