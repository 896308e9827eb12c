/** What a daemon group is asked to show how its requests wait, where that is over in seconds. */

import { type ChildPool, processCount } from '../../spec/deployments/apache.ts';
import { queueDepth } from '../../spec/dispatch/connecting.ts';
import type { Step } from '../../spec/scenario.ts';
import { millis } from '../../spec/vocabulary.ts';
import type { Asking, Daemons, Sending, Situation } from './situations.ts';

/** A timeout that is waited for; a longer one is left alone. In ms. */
const longestTimeout = 2000;
/** More than the time that a server is late with it. In ms. */
const lateness = 4000;
const mostHeld = 8;
/** So many threads take part in a look at which of them are used. */
const threads = { least: 5, most: 20 };

/** Requests wait for the group: until queue-timeout is over, and until connect-timeout is. */
export function queueing(group: Daemons, children: ChildPool, asking: Asking): readonly Situation[] {
  const { daemon, places } = group;
  const to = places[0]?.to;
  const capacity = processCount(daemon) * daemon.threads;
  const depth = queueDepth(daemon.listenBacklog);
  // One child alone must have room for everybody: then nobody waits for anything but the group.
  const fits = (requests: number): boolean =>
    children.maxConnectionsPerChild === 0 && requests <= Math.min(mostHeld, children.threadsPerChild - 1);
  if (!to) return [];
  const hold = (): readonly Sending[] => Array.from({ length: capacity }, () => asking.hold(to));
  const situations: Situation[] = [];
  if (isShort(daemon.queueTimeout) && fits(capacity + 1)) {
    const held = hold();
    const waiting = asking.crowd(to);
    situations.push({
      name: `a request waits for ${daemon.name} until queue-timeout is over`,
      steps: [...held, waiting, awaitOutcome(waiting, daemon.queueTimeout + 200), release([...held, waiting])],
    });
  }
  if (isShort(daemon.connectTimeout) && fits(capacity + depth + 1)) {
    const held = hold();
    const waiting = Array.from({ length: depth }, () => asking.crowd(to));
    const beyond = asking.crowd(to);
    situations.push({
      name: `more requests wait for ${daemon.name} than its queue holds`,
      steps: [
        ...held,
        ...waiting,
        beyond,
        awaitOutcome(beyond, daemon.connectTimeout + lateness),
        release([...held, ...waiting, beyond]),
      ],
    });
  }
  return situations;
}

/** An application is silent for longer than socket-timeout. */
export function silence({ daemon, places }: Daemons, asking: Asking): readonly Situation[] {
  const to = places[0]?.to;
  if (!to || !isShort(daemon.socketTimeout)) return [];
  const held = asking.hold(to);
  return [
    {
      name: `an application of ${daemon.name} is silent for longer than socket-timeout`,
      steps: [held, awaitOutcome(held, daemon.socketTimeout + lateness), release([held]), asking.request(to)],
    },
  ];
}

/** As many requests as a process has threads come one by one. */
export function lightLoad({ daemon, places }: Daemons, asking: Asking): readonly Situation[] {
  const to = places[0]?.to;
  if (!to || processCount(daemon) > 1 || daemon.threads < threads.least || daemon.threads > threads.most) return [];
  return [
    {
      name: `${daemon.name} gets requests one by one`,
      steps: Array.from({ length: daemon.threads }, () => asking.request(to)),
    },
  ];
}

const isShort = (timeout: number): boolean => timeout > 0 && timeout <= longestTimeout;

const awaitOutcome = ({ request }: Sending, atMost: number): Step => ({
  do: 'await-outcome',
  request,
  atMost: millis(atMost),
});

const release = (sent: readonly Sending[]): Step => ({ do: 'release', requests: sent.map(({ request }) => request) });
