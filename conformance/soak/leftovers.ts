/** What a server may leave in the program that ran it: descriptors, processes, timers. */
import { createHook } from 'node:async_hooks';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What this process has open, by what it is; a number would name another thing later. */
export function openDescriptors(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // The descriptor with which the directory was read.
    }
  });
}

/** The processes that this one started and that are there, as zombies or alive. */
export function children(): readonly number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map(Number);
}

const [spec, gateway] = ['spec/', 'src/gateway/'].map((folder) =>
  fileURLToPath(new URL(`../../${folder}`, import.meta.url)),
) as [string, string];

/** Watches the timers that a gateway and its machines set, those included that keep no program from ending. */
export class TimerWatch implements Disposable {
  readonly #running = new Map<number, string>();
  readonly #hook = createHook({
    init: (id, type) => {
      if (type !== 'Timeout') return;
      const setBy = new Error('set here').stack
        ?.split('\n')
        .find((line) => line.includes(spec) || line.includes(gateway));
      if (setBy !== undefined) this.#running.set(id, setBy.trim());
    },
    destroy: (id) => this.#running.delete(id),
  });

  constructor() {
    this.#hook.enable();
  }

  /** Where each timer was set that still runs. */
  get running(): readonly string[] {
    return [...this.#running.values()];
  }

  [Symbol.dispose](): void {
    this.#hook.disable();
  }
}
