/** What a user says of a server that the kit does not know: what it does not say is not asked of it. */
import type { PlainPromises } from '../../spec/deployments/plain.ts';

export interface Sayings {
  readonly promises: PlainPromises;
}

export type ReadSayings =
  | { readonly kind: 'read'; readonly sayings: Sayings }
  | { readonly kind: 'rejected'; readonly message: string; readonly fix: string };

const reloads = { HUP: 'SIGHUP', USR1: 'SIGUSR1', USR2: 'SIGUSR2' } as const;

/** @param says - `processes`, `threads`, `respawn`, and `reload=` with HUP, USR1 or USR2, with or without SIG. */
export function readSayings(says: readonly string[]): ReadSayings {
  let sayings: Sayings = {
    promises: { countsProcesses: false, countsThreads: false, replacesProcesses: false, reloadsOn: null },
  };
  for (const saying of says) {
    const [word, ...values] = saying.split('=');
    const promise = (promises: Partial<PlainPromises>): void => {
      sayings = { ...sayings, promises: { ...sayings.promises, ...promises } };
    };
    if (saying === 'processes') promise({ countsProcesses: true });
    else if (saying === 'threads') promise({ countsThreads: true });
    else if (saying === 'respawn') promise({ replacesProcesses: true });
    else if (word === 'reload') {
      const name = values.join('=').replace(/^SIG/, '');
      const signal = Object.entries(reloads).find(([short]) => short === name)?.[1];
      if (signal === undefined)
        return { kind: 'rejected', message: `no server reloads on '${name}'`, fix: 'write reload=HUP, USR1 or USR2' };
      promise({ reloadsOn: signal });
    } else
      return {
        kind: 'rejected',
        message: `'${saying}' is nothing that can be said of a server`,
        fix: 'say processes, threads, respawn or reload=SIGNAL',
      };
  }
  return { kind: 'read', sayings };
}
