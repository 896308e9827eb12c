/** One Python interpreter of a simulated process. */
import { type ActorRefFrom, type AnyActorRef, createActor } from 'xstate';
import type { Deployment } from '../../spec/deployment.ts';
import { type InterpreterInput, interpreterMachine } from '../../spec/machines/interpreter.ts';
import { durations, type Universe } from './universe.ts';

export class VirtualInterpreter {
  /** Made once: a machine of its own for every interpreter would cost more than all else that is simulated. */
  static readonly #machine = interpreterMachine.provide({
    actions: {
      create: ({ self }) => VirtualInterpreter.#behind(self).#create(),
      report: ({ self }, happening) => VirtualInterpreter.#behind(self).#universe.record(happening),
    },
  });
  static readonly #of = new WeakMap<AnyActorRef, VirtualInterpreter>();
  static #behind(actor: AnyActorRef): VirtualInterpreter {
    const found = VirtualInterpreter.#of.get(actor);
    if (!found) throw new Error(`no actor of an interpreter: ${actor.id}`);
    return found;
  }
  readonly #universe: Universe<Deployment>;
  readonly #after: (delay: number, act: () => void) => void;
  readonly #actor: ActorRefFrom<typeof interpreterMachine>;
  readonly #waiting: (() => void)[] = [];

  /** @param after - The process's own timers: they end with it. */
  constructor(
    input: InterpreterInput,
    universe: Universe<Deployment>,
    after: (delay: number, act: () => void) => void,
  ) {
    this.#universe = universe;
    this.#after = after;
    this.#actor = createActor(VirtualInterpreter.#machine, { input });
    VirtualInterpreter.#of.set(this.#actor, this);
    this.#actor.start();
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

  #create(): void {
    this.#after(this.#universe.takes(durations.createInterpreter), () => this.#created());
  }

  #created(): void {
    this.#actor.send({ type: 'CREATED' });
    for (const enter of this.#waiting.splice(0)) enter();
  }
}
