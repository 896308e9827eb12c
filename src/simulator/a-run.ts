/** Short words for tests about one run: `ask(1, '/shop')` sends the request r1. */
import type { Deployment } from '../../spec/deployment.ts';
import type { Behaviour, Step } from '../../spec/scenario.ts';
import { eventsOf, type Observation, type ServerSignal, type Trace } from '../../spec/trace.ts';
import { requestId, type Signal } from '../../spec/vocabulary.ts';
import { aDaemonGroup, aDeployment, at } from './a-deployment.ts';
import type { Defects } from './decisions.ts';
import { simulate } from './simulate.ts';

export const ask = (id: number, path: string, behave?: Behaviour): Step => ({
  do: 'request',
  request: requestId(id),
  to: at(path),
  ...(behave && { behave }),
});
export const hold = (id: number, path: string): Step => ({ do: 'hold', request: requestId(id), to: at(path) });
export const crowd = (id: number, path: string): Step => ({ do: 'crowd', request: requestId(id), to: at(path) });
export const release = (...ids: readonly number[]): Step => ({ do: 'release', requests: ids.map(requestId) });
export const touch = (script: string): Step => ({ do: 'act', act: { kind: 'touch', script } });
export const signal = (name: Signal, id: number): Step => ({
  do: 'act',
  act: { kind: 'signal', signal: name, processOf: requestId(id) },
});
export const signalServer = (name: ServerSignal): Step => ({ do: 'act', act: { kind: 'server-signal', signal: name } });
export const replaced = (id: number): Step => ({ do: 'await-replacement', processOf: requestId(id) });

/** What can be asked of a run. */
export function run(deployment: Deployment, steps: readonly Step[], seed = 1, defects: Defects = {}) {
  const trace = simulate({ deployment, steps }, { seed, defects });
  const of = (id: number) => trace.filter((event) => 'request' in event && event.request === requestId(id));
  return {
    trace,
    seen(id: number): Observation {
      const found = eventsOf(trace, 'observation').find((event) => event.request === requestId(id));
      if (!found) throw new Error(`r${id} was not observed`);
      return found.seen;
    },
    /** A status, or why there is none. */
    outcome(id: number): number | string | undefined {
      const last = of(id).at(-1);
      return last?.kind === 'request.finished'
        ? last.status
        : last?.kind === 'request.failed'
          ? last.reason
          : undefined;
    },
    kinds: (id: number): readonly string[] => of(id).map(({ kind }) => kind.replace('request.', '')),
    endings: (group: string): readonly string[] => endingsOf(trace, group),
  };
}

/** Why the processes of a group ended before the server stopped, in order. */
const endingsOf = (trace: Trace, group: string): readonly string[] =>
  eventsOf(trace, 'process.exited')
    .filter(({ process, because }) => process.startsWith(`${group}#`) && because !== 'server-stop')
    .map(({ because }) => because);

/** Two applications in the daemon group `shop`, and one embedded. */
export const shop = (options: Parameters<typeof aDaemonGroup>[1] = {}, more: Parameters<typeof aDeployment>[1] = {}) =>
  aDeployment(
    { '/shop': { processGroup: 'shop' }, '/cart': { processGroup: 'shop' }, '/blog': {} },
    { daemons: [aDaemonGroup('shop', options)], ...more },
  );
