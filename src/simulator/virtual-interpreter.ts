/** One Python interpreter of a simulated process. */
import { type ActorRefFrom, createActor } from 'xstate';
import { type InterpreterInput, interpreterMachine } from '../../spec/machines/interpreter.ts';
import { durations, type Universe } from './universe.ts';

export class VirtualInterpreter {
  readonly #actor: ActorRefFrom<typeof interpreterMachine>;
  readonly #waiting: (() => void)[] = [];

  /** @param after - The process's own timers: they end with it. */
  constructor(input: InterpreterInput, universe: Universe, after: (delay: number, act: () => void) => void) {
    this.#actor = createActor(
      interpreterMachine.provide({
        actions: {
          create: () => after(universe.takes(durations.createInterpreter), () => this.#created()),
          report: (_, happening) => universe.record(happening),
        },
      }),
      { input },
    ).start();
  }

  /** Calls `enter` as soon as the interpreter is there, and makes it if nobody has needed it yet. */
  need(enter: () => void): void {
    if (this.#actor.getSnapshot().matches('ready')) {
      enter();
      return;
    }
    this.#waiting.push(enter);
    this.#actor.send({ type: 'NEEDED' });
  }

  /** Runs exit handlers and ends it; what is still being made is left. */
  destroy(): void {
    this.#actor.send({ type: 'FINALIZE' });
    this.#actor.send({ type: 'DESTROYED' });
  }

  processGone(): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send({ type: 'PROCESS_GONE' });
  }

  #created(): void {
    this.#actor.send({ type: 'CREATED' });
    for (const enter of this.#waiting.splice(0)) enter();
  }
}
