/** What a server of workers makes of many requests: at once, by one connection, and one after the other up to a limit. */
import type { WorkerDeployment } from '../../spec/deployment.ts';
import type { Step } from '../../spec/scenario.ts';
import type { Address } from '../../spec/trace.ts';
import { assertNever } from '../../spec/vocabulary.ts';
import { workersOf } from '../../spec/workers.ts';
import type { Situation } from './situations.ts';
import { fill, manyAtOnce, release, type Server } from './worker-ground.ts';

/** Requests sent one by one to reach a limit; a higher one is left alone. */
const mostRequests = 50;

/** Every thread of every worker is kept busy, as far as that is quick, and one more request comes. */
export function saturation(server: Server, to: Address): Situation {
  const { places, room, asking } = server;
  // The first application shows the size of the server; for the others it is enough that requests meet.
  const count = to === places[0] ? room.holdable : Math.min(room.holdable, manyAtOnce);
  const held = fill(server, to, count);
  const crowd = asking.crowd(to);
  return {
    name: `${count} requests are held at ${to.path} and one more comes`,
    steps: [...held, crowd, release([...held, crowd])],
  };
}

/** More requests than the server runs at once, of which nobody knows the order, twice. */
export function crowding({ to, room, asking }: Server): readonly Situation[] {
  const count = Math.min(2 * room.holdable, manyAtOnce);
  const crowd = (): readonly Step[] => {
    const all = Array.from({ length: count }, () => asking.crowd(to));
    return [...all, release(all)];
  };
  return [{ name: `${count} requests come at once`, steps: [...crowd(), ...crowd()] }];
}

/** Requests by one connection, where the server keeps it. */
export const keptConnection = ({ deployment, to, asking }: Server): Situation => ({
  name: 'requests come by one connection',
  steps: Array.from({ length: 3 }, () => ({
    do: 'request' as const,
    request: asking.request(to).request,
    to,
    ...(keepsConnections(deployment) && { connection: 'kept' }),
  })),
});

/**
 * Whether a client may send a second request on its connection. uWSGI's http-socket closes it after each response and does not
 * say so, against RFC 9112, 9.6: whether a client notices before it sends is luck. Source: uWSGI 2.0, proto/http.c.
 */
export const keepsConnections = ({ kind }: WorkerDeployment): boolean => kind !== 'uwsgi';

/** Enough requests for a worker to be replaced: one by one, then several at once. */
export function requestLimit(server: Server): readonly Situation[] {
  const { deployment, to, room, asking } = server;
  const limit = limitOf(deployment);
  if (limit === 0 || limit > mostRequests) return [];
  const { processes } = workersOf(deployment);
  const count = Math.min((processes.max + 1) * limit + 1, 2 * mostRequests + 1);
  const together = (): readonly Step[] => {
    const all = [asking.hold(to), ...Array.from({ length: Math.min(room.holdable - 1, 3) }, () => asking.crowd(to))];
    return [...all, release(all)];
  };
  return [
    {
      name: 'the server gets more requests than its workers may have',
      steps: Array.from({ length: count }, () => asking.request(to)),
    },
    {
      name: 'the server gets more requests than its workers may have, several at once',
      steps: Array.from({ length: Math.min(count, 8) }, together).flat(),
    },
  ];
}

/** The requests after which a worker surely goes; 0 where none does, or only an old one. */
function limitOf(deployment: WorkerDeployment): number {
  switch (deployment.kind) {
    case 'gunicorn':
      return deployment.maxRequests === 0 ? 0 : deployment.maxRequests + deployment.maxRequestsJitter;
    case 'uwsgi':
      return deployment.minWorkerLifetime === 0 ? deployment.maxRequests : 0;
    case 'plain':
      return 0;
    default:
      return assertNever(deployment);
  }
}
