/**
 * Watches from outside which of a server's processes live that may run applications, and records what appears and what
 * vanishes. Nothing tells a stranger that a process began or ended, so it looks every few milliseconds; where a server's
 * own log names a process that begins, the adapter says so at once.
 */
import type { Mark, Observation } from '../../spec/trace.ts';
import type { TraceRecorder } from '../../spec/trace-recorder.ts';
import { markOf } from '../../src/probe/process-mark.ts';
import { pause } from './pause.ts';

/** How often it looks, in ms. */
const period = 10;

export class FamilyWatch {
  readonly #candidates: () => Iterable<number>;
  readonly #alive = new Map<Mark, number>();
  /** Every process that was ever told of, so that none is told of twice. */
  readonly #known = new Set<Mark>();
  #recorder: TraceRecorder | undefined;
  #timer: NodeJS.Timeout | undefined;
  #whenLooking = (): void => {};

  /** @param candidates - The pids, at this moment, of the server's processes that may run applications. */
  constructor(candidates: () => Iterable<number> = () => []) {
    this.#candidates = candidates;
  }

  /**
   * From now on all is recorded; what appeared before is recorded at once, if it still lives.
   * @param whenLooking - Looks for more, each time before this does.
   */
  start(recorder: TraceRecorder, whenLooking: () => void = () => {}): void {
    this.look();
    this.#whenLooking = whenLooking;
    this.#recorder = recorder;
    for (const [mark, pid] of this.#alive) recorder.record({ kind: 'process.appeared', mark, pid });
    this.#timer = setInterval(() => this.look(), period);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#recorder = undefined;
  }

  /** The processes that live, in the order in which they were noticed. */
  get alive(): ReadonlyMap<Mark, number> {
    return this.#alive;
  }

  /** Every process that was noticed since the server started. */
  get known(): ReadonlySet<Mark> {
    return this.#known;
  }

  /** Catches up: afterwards everything that has happened up to now is recorded. */
  look(): void {
    this.#whenLooking();
    for (const [mark, pid] of this.#alive)
      if (markOf(pid) !== mark) {
        this.#alive.delete(mark);
        this.#recorder?.record({ kind: 'process.vanished', mark, pid });
      }
    for (const pid of this.#candidates()) this.appeared(pid);
  }

  /** Somebody knows of this process, such as the server's log. One that is gone already is not told of. */
  appeared(pid: number): void {
    const mark = markOf(pid);
    if (mark !== null) this.#add(mark, pid);
  }

  /** An observation is about to be recorded: at the latest now its process has appeared. */
  observed({ process, pid }: Observation): void {
    this.#add(process, pid);
  }

  /**
   * Settles when this holds, looking again and again, or when the patience, in ms, is exhausted.
   * @returns whether it holds.
   * @throws the reason of `signal` when it is aborted first.
   */
  async until(holds: () => boolean | Promise<boolean>, patience: number, signal: AbortSignal): Promise<boolean> {
    const giveUpAt = performance.now() + patience;
    for (;;) {
      this.look();
      if (await holds()) return true;
      if (performance.now() > giveUpAt) return false;
      await pause(period, signal);
    }
  }

  #add(mark: Mark, pid: number): void {
    if (this.#known.has(mark)) return;
    this.#known.add(mark);
    this.#alive.set(mark, pid);
    this.#recorder?.record({ kind: 'process.appeared', mark, pid });
  }
}
