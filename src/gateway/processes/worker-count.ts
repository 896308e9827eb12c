/** The worker threads of all children together, where nothing is embedded and no process stands for a child. */
import type { Workers } from './child.ts';

export class WorkerCount implements Workers {
  readonly process = null;
  readonly serveWholeConnections: boolean;
  readonly #limit: number;
  readonly #onFree: () => void;
  #busy = 0;

  /** @param onFree - Called each time a thread is free again. */
  constructor(limit: number, serveWholeConnections: boolean, onFree: () => void) {
    this.#limit = limit;
    this.serveWholeConnections = serveWholeConnections;
    this.#onFree = onFree;
  }

  get busy(): number {
    return this.#busy;
  }

  get hasFreeThread(): boolean {
    return this.#busy < this.#limit;
  }

  accepted(): void {}

  occupy(): void {
    this.#busy++;
  }

  vacate(): void {
    this.#busy--;
    this.#onFree();
  }
}
