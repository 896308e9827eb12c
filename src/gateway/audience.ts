/**
 * Who hears what happens in a gateway. Lifecycle events are few and always told; what becomes of a single request is
 * told only while somebody listens, so that a gateway nobody watches gives its requests no names.
 */
import type { Happening } from '../../spec/trace.ts';

type Listener = (happening: Happening) => void;

export class Audience {
  readonly #lifecycle = new Set<Listener>();
  readonly #everything = new Set<Listener>();

  /** Whether anybody wants to know about single requests. */
  get hearsRequests(): boolean {
    return this.#everything.size > 0;
  }

  /** Calls `listener` with what happens to processes, interpreters and scripts. @returns a function that ends this. */
  hearLifecycle(listener: Listener): () => void {
    this.#lifecycle.add(listener);
    return () => this.#lifecycle.delete(listener);
  }

  /** Calls `listener` with all that goes into a trace. @returns a function that ends this. */
  hearEverything(listener: Listener): () => void {
    this.#everything.add(listener);
    return () => this.#everything.delete(listener);
  }

  tellLifecycle(happening: Happening): void {
    for (const listener of this.#lifecycle) listener(happening);
    for (const listener of this.#everything) listener(happening);
  }

  tellRequest(happening: Happening): void {
    for (const listener of this.#everything) listener(happening);
  }
}
