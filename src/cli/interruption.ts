/** Ctrl-C and SIGTERM as an abort signal, so that a command can leave nothing behind. */

export interface Interruption {
  readonly signal: AbortSignal;
  /** Gives the signals back to their usual meaning. */
  dispose(): void;
}

/** From now on the first signal aborts; a second one ends the program as if nobody listened. */
export function interruption(): Interruption {
  const controller = new AbortController();
  const dispose = (): void => {
    for (const name of signals) process.off(name, abort);
  };
  const abort = (): void => {
    dispose();
    controller.abort();
  };
  for (const name of signals) process.on(name, abort);
  return { signal: controller.signal, dispose };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
