/** Which daemon process takes the place of which, as a world that shows processes tells it. */
import { type Ending, type EventOf, eventsOf } from '../../trace.ts';
import type { ProcessGroupName } from '../../vocabulary.ts';
import type { ApacheRun } from '../rule.ts';

/** A daemon process that ended, and the start that takes its place. */
export interface Succession {
  readonly processGroup: ProcessGroupName;
  readonly spawned: EventOf<'process.spawned'>;
  /** It took requests at some time. */
  readonly wasReady: boolean;
  readonly ended: EventOf<'process.exited'>;
  readonly next: EventOf<'process.spawned'>;
}

/** Every end in a daemon group that another start followed, in order: the first start for the first end without one. */
export const successions = (run: ApacheRun): readonly Succession[] => {
  const ready = new Set(eventsOf(run.trace, 'process.ready').map(({ process }) => process));
  return run.deployment.daemons.flatMap(({ name }) => {
    const found: Succession[] = [];
    const alive = new Map<string, EventOf<'process.spawned'>>();
    const vacant: Omit<Succession, 'next'>[] = [];
    for (const event of run.trace) {
      if (event.kind === 'process.spawned' && event.processGroup === name) {
        alive.set(event.process, event);
        const before = vacant.shift();
        if (before) found.push({ ...before, next: event });
      }
      const spawned = event.kind === 'process.exited' ? alive.get(event.process) : undefined;
      if (event.kind === 'process.exited' && spawned)
        vacant.push({ processGroup: name, spawned, wasReady: ready.has(event.process), ended: event });
    }
    return found;
  });
};

/** The server itself told it to go. */
export const isOfServer = (because: Ending): boolean => because === 'server-stop' || because === 'server-restart';
