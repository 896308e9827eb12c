/**
 * The lock of a process under which scripts are looked up and executed: a slow import keeps every other application of
 * the process waiting. Source: mod_wsgi 4.9.4, wsgi_execute_script, `wsgi_module_lock`; rule ISO-LOCK-01.
 */
export class ModuleLock {
  #isTaken = false;
  readonly #waiting: (() => void)[] = [];

  /** Calls `enter` once nobody else is inside, first come first served. Whoever enters must call `leave` once. */
  acquire(enter: (leave: () => void) => void): void {
    if (this.#isTaken) {
      this.#waiting.push(() => enter(this.#leave));
      return;
    }
    this.#isTaken = true;
    enter(this.#leave);
  }

  readonly #leave = (): void => {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isTaken = false;
  };
}
