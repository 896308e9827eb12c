/** What the parent is told: to restart, and in the end to stop. */
import { type ApacheDeployment, maxChildren } from '../../spec/deployments/apache.ts';
import type { Step } from '../../spec/scenario.ts';
import type { Address, ServerSignal } from '../../spec/trace.ts';
import { millis } from '../../spec/vocabulary.ts';
import type { Asking, Group, Sending, Situation } from './situations.ts';

/** A GracefulShutdownTimeout that is waited for; a longer one is left alone. In ms. */
const longestShutdown = 3000;
/** By when, after that, it has certainly had its effect: children of worker and event are killed 9 s later. In ms. */
const latestShutdown = { prefork: 9000, worker: 18_000, event: 18_000 } as const;

/** The whole server is restarted, gracefully with requests in its children, and then not gracefully. */
export function restarts(deployment: ApacheDeployment, groups: readonly Group[], asking: Asking): readonly Situation[] {
  const firsts = groups.flatMap(({ places: [first] }) => (first ? [first.to] : []));
  if (firsts.length === 0) return [];
  const { children } = deployment;
  const child = groups.find(({ daemon }) => daemon === null);
  const to = child?.places[0]?.to;
  // The new generation needs a place beside the child that finishes; event makes one even where there may be one child
  // only, and then two meet although each is told that it is alone.
  const besides = to && child && child.room.spare > 0 && maxChildren(children) > 1 ? [to] : [];
  const held = besides.map((one) => asking.hold(one));
  const daemon = groups.find(({ daemon, room }) => daemon !== null && room.spare > 0)?.places[0];
  const lost = daemon ? [asking.hold(daemon.to)] : [];
  const askTwice = (): readonly Step[] => [...firsts, ...firsts].map((first) => asking.request(first));
  return [
    ...keptOverRestart(deployment, groups, asking),
    {
      name: 'the server is restarted gracefully',
      steps: [...held, serverSignal('SIGUSR1'), ...askTwice(), ...(held.length > 0 ? [release(held)] : [])],
    },
    ...(isWaitedFor(children.gracefulShutdownTimeout) ? besides : []).map((one) => leftBehind(one, asking)),
    {
      name: 'the server is restarted',
      steps: [...lost, serverSignal('SIGHUP'), ...askTwice(), ...(lost.length > 0 ? [release(lost)] : [])],
    },
  ];
}

/** A child of before a graceful restart is at its request while the server is restarted once more. */
function leftBehind(to: Address, asking: Asking): Situation {
  const held = asking.hold(to);
  return {
    name: 'the server is restarted while a child finishes its requests',
    steps: [held, serverSignal('SIGUSR1'), serverSignal('SIGHUP'), asking.request(to), release([held])],
  };
}

/** An old child keeps a connection, and a request to a daemon group comes on it. */
function keptOverRestart(deployment: ApacheDeployment, groups: readonly Group[], asking: Asking): readonly Situation[] {
  const to = groups.find(({ daemon }) => daemon !== null)?.places[0]?.to;
  // Event closes it, and with one worker only nobody else is served as long as it is there.
  if (!to || deployment.server.mpm === 'event' || deployment.children.maxRequestWorkers === 1) return [];
  const ask = (): Step => ({
    do: 'request',
    request: asking.request(to).request,
    to,
    connection: 'kept over a restart',
  });
  return [
    {
      name: 'the server is restarted gracefully while a connection is kept',
      // The last one is for the new processes: one that has done nothing is gone so soon that the next restart meets children
      // of this one that still accept.
      steps: [ask(), serverSignal('SIGUSR1'), ask(), asking.request(to)],
    },
  ];
}

/** The end of everything: the server is stopped, and finishes what it has. */
export function gracefulStop(
  { children: { gracefulShutdownTimeout: timeout }, server: { mpm } }: ApacheDeployment,
  groups: readonly Group[],
  asking: Asking,
): readonly Situation[] {
  const [first] = groups.flatMap(({ places }) => places);
  if (!first) return [];
  const busy = groups.find(({ room }) => room.spare > 0)?.places[0];
  const inside = busy ? asking.hold(busy.to) : null;
  const waiting: readonly Step[] =
    inside && isWaitedFor(timeout)
      ? [{ do: 'await-outcome', request: inside.request, atMost: millis(timeout + latestShutdown[mpm]) }]
      : [];
  return [
    {
      name: 'the server is stopped gracefully',
      steps: [
        ...(inside ? [inside] : []),
        serverSignal('SIGWINCH'),
        asking.request(first.to),
        ...waiting,
        ...(inside ? [release([inside])] : []),
      ],
    },
  ];
}

/** In a deployment about such patience. */
const isWaitedFor = (timeout: number): boolean => timeout > 0 && timeout <= longestShutdown;

const serverSignal = (signal: ServerSignal): Step => ({ do: 'act', act: { kind: 'server-signal', signal } });

const release = (steps: readonly Sending[]): Step => ({
  do: 'release',
  requests: steps.map(({ request }) => request),
});
