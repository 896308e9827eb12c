/** One script in one interpreter of a simulated process. */
import { type ActorRefFrom, type AnyActorRef, createActor } from 'xstate';
import type { Deployment } from '../../spec/deployment.ts';
import { type ApplicationInput, applicationMachine } from '../../spec/machines/application.ts';
import type { Exit } from '../../spec/trace.ts';
import type { ProcessKind } from './decisions.ts';
import { durations, type Universe } from './universe.ts';

/** The process that holds the script, as far as the script has to do with it. */
interface Holder {
  readonly kind: ProcessKind;
  /** The process's own timers: they end with it. */
  after(delay: number, act: () => void): void;
  /** Its code is old: it must go. */
  scriptChanged(): void;
  /** Its code ended it. */
  end(exit: Exit): void;
}

/** What a request that comes to the script finds. */
export interface Arrival {
  /** Code to run: that of the `loading`-th loading. */
  onCode(loading: number): void;
  /** Code so old that the process goes: nothing to run. The old code is that of the `loading`-th loading. */
  onOldCode(loading: number): void;
  /** A file that raises. */
  onFailure(): void;
}

export class VirtualApplication {
  /** Made once, as that of the interpreters. */
  static readonly #machine = applicationMachine.provide({
    actions: {
      load: ({ self }) => VirtualApplication.#behind(self).#load(),
      replaceProcess: ({ self }) => VirtualApplication.#behind(self).#holder.scriptChanged(),
      report: ({ self }, happening) => VirtualApplication.#behind(self).#universe.record(happening),
    },
  });
  static readonly #of = new WeakMap<AnyActorRef, VirtualApplication>();
  static #behind(actor: AnyActorRef): VirtualApplication {
    const found = VirtualApplication.#of.get(actor);
    if (!found) throw new Error(`no actor of a script: ${actor.id}`);
    return found;
  }
  readonly #script: string;
  readonly #universe: Universe<Deployment>;
  readonly #holder: Holder;
  readonly #actor: ActorRefFrom<typeof applicationMachine>;
  #loadedEdition = 0;
  #onLoaded: () => void = () => {};
  #onFailed: () => void = () => {};

  constructor(input: Omit<ApplicationInput, 'onChange'>, universe: Universe<Deployment>, holder: Holder) {
    this.#script = input.script;
    this.#universe = universe;
    this.#holder = holder;
    this.#actor = createActor(VirtualApplication.#machine, {
      input: { ...input, onChange: universe.decisions.onScriptChange(holder.kind) },
    });
    VirtualApplication.#of.set(this.#actor, this);
    this.#actor.start();
  }

  /** Comes to the script under the process's module lock. @param reloading - Whether WSGIScriptReloading is on here. */
  reach(reloading: boolean, { onCode, onOldCode, onFailure }: Arrival): void {
    this.#onLoaded = () => onCode(this.#loading);
    this.#onFailed = onFailure;
    const state = this.#actor.getSnapshot();
    if (state.matches('unloaded') || state.matches('failed')) {
      if (state.matches('failed') && !this.#universe.decisions.triesAgain()) onFailure();
      else this.#actor.send({ type: 'NEEDED' });
      return;
    }
    const edition = this.#universe.editionOf(this.#script);
    const { kind } = this.#holder;
    const changed = { kind, reloading, loadedEdition: this.#loadedEdition, edition };
    if (!this.#universe.decisions.noticesChange(changed)) {
      onCode(this.#loading);
      return;
    }
    this.#actor.send({ type: 'SCRIPT_CHANGED' });
    if (this.#actor.getSnapshot().matches('stale')) onOldCode(this.#loading);
  }

  processGone(): void {
    this.#actor.send({ type: 'PROCESS_GONE' });
  }

  get #loading(): number {
    return this.#actor.getSnapshot().context.loadings;
  }

  #load(): void {
    this.#loadedEdition = this.#universe.editionOf(this.#script);
    this.#holder.after(this.#universe.takes(durations.loadScript), () => {
      this.#universe.whenMended(this.#script, () => this.#holder.after(0, () => this.#executed()));
    });
  }

  #executed(): void {
    const damage = this.#universe.damageOf(this.#script);
    if (damage === 'exits') {
      this.#holder.end({ kind: 'returned', code: 3 });
      return;
    }
    if (damage === 'raises') {
      this.#actor.send({ type: 'FAILED', error: `${this.#script} is broken` });
      this.#onFailed();
      return;
    }
    this.#actor.send({ type: 'LOADED' });
    this.#onLoaded();
  }
}
