/** How the process of a daemon group ends: with requests inside, with handlers to call, by force. One process, so that it is met. */
import { type DaemonGroup, type ModWsgiRelease, processCount } from '../../spec/deployments/apache.ts';
import { isMonitored } from '../../spec/machines/process-monitor.ts';
import { isSteady } from '../../spec/rules/endings.ts';
import { grace } from '../../spec/rules/ends.ts';
import type { Step } from '../../spec/scenario.ts';
import type { Behaviour } from '../../spec/trace.ts';
import type { Signal } from '../../spec/vocabulary.ts';
import type { Asking, Daemons, Sending, Situation } from './situations.ts';

/** A shutdown-timeout that is waited for; a longer one is left alone. In ms. */
const longestTimeout = 2000;
/** Enough for a request that only has to be let go. In ms. */
const enough = 2000;
/** For threads that end a second after they are told to. In ms. */
const longEnough = 2500;

export function endingSituations(group: Daemons, modWsgi: ModWsgiRelease, asking: Asking): readonly Situation[] {
  const { daemon, places, room } = group;
  const to = places[0]?.to;
  if (!to || processCount(daemon) > 1 || !isSteady(daemon)) return [];
  const { name, shutdownTimeout } = daemon;
  // One application of each interpreter.
  const everywhere = places.filter(
    ({ mount }, index) =>
      places.findIndex((other) => other.mount.applicationGroup === mount.applicationGroup) === index,
  );
  const registered = (behave: Behaviour = { kind: 'register-exit-handlers' }): readonly Sending[] =>
    everywhere.slice(0, mostInterpreters).map((place) => asking.request(place.to, behave));
  const situations: Situation[] = [];
  const ends = (what: string, signal: Signal, behave?: Behaviour): void => {
    const handlers = registered(behave);
    const [first] = handlers;
    if (!first) return;
    situations.push({
      name: `the process of ${name}, with exit handlers, is ${what}`,
      steps: [...handlers, send(signal, first), awaitReplacement(first), asking.request(to)],
    });
  };
  for (const signal of ['SIGHUP', 'SIGUSR2'] as const) {
    const before = asking.request(to);
    situations.push({
      name: `the process of ${name} is sent ${signal}`,
      // Before mod_wsgi 6 nothing catches SIGUSR2. The process that SIGHUP ends is the first one; see hangup.
      steps: [
        before,
        send(signal, before),
        ...(signal === 'SIGUSR2' && modWsgi !== '6' ? [awaitReplacement(before)] : []),
        asking.request(to),
      ],
    });
  }
  ends('sent SIGTERM', 'SIGTERM');
  ends('killed', 'SIGKILL');
  // Nobody waits for a thread longer than that.
  if (shutdownTimeout === 0 || shutdownTimeout >= longEnough)
    ends('sent SIGTERM, with threads that go on', 'SIGTERM', { kind: 'register-exit-handlers', withThread: true });
  if (room.spare > 0 && hasGrace(daemon)) {
    const held = asking.hold(to);
    situations.push({
      name: `the process of ${name} is sent SIGUSR1, twice, with a request inside`,
      steps: [
        held,
        send('SIGUSR1', held),
        asking.request(to),
        send('SIGUSR1', held),
        asking.request(to),
        release([held]),
        awaitReplacement(held),
        asking.request(to),
      ],
    });
    const lost = asking.hold(to);
    situations.push({
      name: `the process of ${name} is killed while it waits for a request to end`,
      steps: [
        lost,
        send('SIGUSR1', lost),
        send('SIGKILL', lost),
        awaitReplacement(lost),
        release([lost]),
        asking.request(to),
      ],
    });
  }
  if (room.spare > 0 && shutdownTimeout > 0 && shutdownTimeout <= longestTimeout && isShort(grace(daemon))) {
    const held = asking.hold(to);
    situations.push({
      name: `the process of ${name} is sent SIGUSR1 with a request inside that does not end`,
      steps: [held, send('SIGUSR1', held), awaitReplacement(held), release([held]), asking.request(to)],
    });
  }
  if (room.spare > 0 && (shutdownTimeout === 0 || shutdownTimeout >= enough)) {
    const held = asking.hold(to);
    situations.push({
      name: `the process of ${name} is sent SIGTERM with a request inside`,
      steps: [held, send('SIGTERM', held), release([held]), awaitReplacement(held), asking.request(to)],
    });
  }
  if (room.spare > 0 && shutdownTimeout > 0 && shutdownTimeout <= longestTimeout) {
    const handlers = registered();
    const held = asking.hold(to);
    situations.push({
      name: `the process of ${name} is sent SIGTERM with a request inside that does not end`,
      steps: [...handlers, held, send('SIGTERM', held), awaitReplacement(held), release([held]), asking.request(to)],
    });
  }
  return situations;
}
/** Before mod_wsgi 6 SIGHUP ends a process that began with the server; so this comes before any other is ended. */
export function hangup({ daemon, places }: Daemons, modWsgi: ModWsgiRelease, asking: Asking): readonly Situation[] {
  const to = places[0]?.to;
  if (!to || modWsgi === '6' || processCount(daemon) > 1 || !isSteady(daemon)) return [];
  const before = asking.request(to);
  return [
    {
      name: `the first process of ${daemon.name} is sent SIGHUP`,
      steps: [before, send('SIGHUP', before), awaitReplacement(before), asking.request(to)],
    },
  ];
}

const mostInterpreters = 3;
const isShort = (wait: number): boolean => wait <= longestTimeout;

/** Whether the graceful wait is long enough for some requests, or without end. */
function hasGrace(daemon: DaemonGroup): boolean {
  const { evictionTimeout, gracefulTimeout } = daemon;
  const wait = evictionTimeout || gracefulTimeout;
  return !isMonitored(daemon) || wait === 0 || wait >= enough;
}

const send = (signal: Signal, { request }: Sending): Step => ({
  do: 'act',
  act: { kind: 'signal', signal, processOf: request },
});
const release = (sent: readonly Sending[]): Step => ({ do: 'release', requests: sent.map(({ request }) => request) });
const awaitReplacement = ({ request }: Sending): Step => ({ do: 'await-replacement', processOf: request });
