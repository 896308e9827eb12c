/**
 * Looks at processes once a second, as mod_wsgi's monitor thread does, instead of keeping a timer for each request.
 * Source: mod_wsgi 4.9.4, wsgi_monitor_thread.
 */
const period = 1000;

export class Monitor {
  readonly #looks = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  /** Calls `look` once a second. @returns a function that ends this. */
  watch(look: () => void): () => void {
    this.#looks.add(look);
    this.#timer ??= setInterval(() => setImmediate(this.#lookAtAll), period).unref();
    return () => {
      this.#looks.delete(look);
      if (this.#looks.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  // After what arrived meanwhile was read: when this program itself was held up, its processes did not stand still.
  readonly #lookAtAll = (): void => {
    for (const look of [...this.#looks]) look();
  };
}
