/**
 * The situations in which rules can be broken, as one scenario for one server: what a deployment is asked and made to
 * go through so that prediction and observation can be compared, and judged.
 *
 * It is bounded for any deployment: a real server goes through it in seconds.
 */
import { type ApacheDeployment, type DaemonGroup, maxChildren, processCount } from '../../spec/deployments/apache.ts';
import { isMonitored } from '../../spec/machines/process-monitor.ts';
import { type Mount, mountsOf } from '../../spec/routing/mounts.ts';
import type { RoutedMount, RoutingWorld } from '../../spec/routing/route.ts';
import type { ApacheScenario, Step } from '../../spec/scenario.ts';
import type { Address, Behaviour } from '../../spec/trace.ts';
import { type Millis, millis, type ProcessGroupName, type RequestId, requestId } from '../../spec/vocabulary.ts';
import { deadlines, raisingScript } from './deadline-situations.ts';
import { endingSituations, hangup } from './ending-situations.ts';
import { pathSituations } from './path-situations.ts';
import { pepSituations } from './pep-situations.ts';
import { lightLoad, queueing, silence } from './queueing.ts';
import { type Room, roomOf } from './room.ts';
import { scriptSituations } from './script-situations.ts';
import { gracefulStop, restarts } from './server-situations.ts';
import { serviceSituations } from './service-situations.ts';

export interface Situation {
  /** What happens, in a few words. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** It goes on from where the situation before left the server; any other one means the same on a server of its own. */
  readonly continues?: true;
}

/** Process groups that are made to lose processes; of any others it is only looked at flags, sharing and saturation. */
const mostGroups = 6;
/** Scripts that are touched. */
const mostScripts = 8;
/** Requests sent to fill the count of a group with `maximum-requests`; a higher limit is left alone. */
const mostRequests = 50;

/** All situations of a deployment, one after the other on one server. */
export const situations = (deployment: ApacheDeployment, world: RoutingWorld = {}): ApacheScenario => ({
  deployment,
  steps: situationsOf(deployment, world).flatMap(({ steps }) => steps),
});

/** Whether a server goes through everything, or only through what leaves it as it is. */
export type Extent = 'whole' | 'brief';

/**
 * The situations of a deployment in the order in which one server goes through them: first what leaves everything as it
 * is, then what ends processes. Each but the last, which stops the server, leaves it serving, so that the next can begin.
 */
export function situationsOf(
  deployment: ApacheDeployment,
  world: RoutingWorld = {},
  extent: Extent = 'whole',
): readonly Situation[] {
  const asking = new Asking();
  const visits = visitsOf(deployment, world);
  const applications = visits.flatMap(({ to, mount }) => (mount ? [{ to, mount }] : []));
  const groups = [...new Set(applications.map(({ mount }) => mount.processGroup))].map(
    (name): Group => ({
      name,
      daemon: deployment.daemons.find((daemon) => daemon.name === name) ?? null,
      places: applications.filter(({ mount }) => mount.processGroup === name),
      room: roomOf(deployment, name),
    }),
  );
  const eventful = groups.slice(0, mostGroups);
  const daemons = eventful.flatMap(({ daemon, ...group }) => (daemon ? [{ ...group, daemon }] : []));
  const gentle = [
    { name: 'every mount is asked once', steps: visits.map(({ to }) => asking.request(to)) },
    {
      name: 'every mount is asked again',
      steps: [...applications, ...applications].map(({ to }) => asking.request(to)),
    },
    ...pathSituations(deployment, world, asking),
    ...groups.flatMap((group) => surroundings(group, asking)),
    ...groups.flatMap((group) => saturation(group, asking)),
    ...daemons.flatMap((group) => queueing(group, deployment.children, asking)),
    ...daemons.flatMap((group) => lightLoad(group, asking)),
    ...daemons.flatMap((group) => silence(group, asking)),
    ...unhurried(deployment, eventful).flatMap(({ to }) => pepSituations(to, asking)),
  ].filter(({ steps }) => steps.length > 0);
  if (extent === 'brief') return gentle;
  const ending = [
    ...daemons.flatMap((group) => hangup(group, deployment.server.modWsgi, asking)),
    ...daemons.flatMap((group) => requestLimit(group, asking)),
    ...eventful.flatMap((group) => touches(group, asking)),
    ...eventful.flatMap((group) => scriptSituations(group, deployment, asking)),
    ...daemons.flatMap((group) => signals(group, asking)),
    ...daemons.flatMap((group) => endingSituations(group, deployment.server.modWsgi, asking)),
    ...eventful.filter(({ daemon }) => daemon === null).flatMap((group) => embeddedSignal(group, asking)),
    ...eventful.filter(({ daemon }) => daemon === null).flatMap((group) => lostChild(deployment, group, asking)),
    ...daemons.flatMap((group) => losses(group, asking)),
    ...daemons.flatMap(({ daemon, places }) =>
      places.slice(0, 1).flatMap(({ to, mount }) => {
        const group = { daemon, to, mount };
        const mends = isCountless(daemon) && mount.scriptReloading ? raisingScript(group, asking) : [];
        return [...mends, ...deadlines(group, deployment.server.modWsgi, asking)];
      }),
    ),
    { name: 'every mount is asked at the end', steps: applications.map(({ to }) => asking.request(to)) },
    ...eventful.filter(({ daemon }) => daemon === null).flatMap((group) => keptConnections(deployment, group, asking)),
    ...eventful.filter(({ daemon }) => daemon === null).flatMap((group) => idleConnections(deployment, group, asking)),
    ...serviceSituations(deployment, placesOf(deployment, world), asking),
    ...restarts(deployment, eventful, asking),
    ...gracefulStop(deployment, eventful, asking),
  ];
  return [...gentle, ...ending.filter(({ steps }) => steps.length > 0)];
}

/** An address to ask, and the application that answers there. */
export interface Place {
  readonly to: Address;
  readonly mount: RoutedMount;
}

/** A process group that answers at some place, and what may be asked of it. */
export interface Group {
  readonly name: ProcessGroupName;
  /** Null is embedded mode. */
  readonly daemon: DaemonGroup | null;
  readonly places: readonly Place[];
  readonly room: Room;
}
export type Daemons = Group & { readonly daemon: DaemonGroup };

/** An address to ask; the server answers itself where there is no application. */
interface Visit {
  readonly to: Address;
  readonly mount: RoutedMount | null;
}

/** Every address that gets an answer: a group without threads gives none. */
const visitsOf = (deployment: ApacheDeployment, world: RoutingWorld): readonly Visit[] =>
  mountsOf(deployment, world).flatMap(({ address, route }: Mount): readonly Visit[] => {
    if (address === null || route.kind === 'unmapped') return [];
    if (route.kind === 'refused') return [{ to: address, mount: null }];
    const group = deployment.daemons.find((daemon) => daemon.name === route.mount.processGroup);
    return group?.threads === 0 ? [] : [{ to: address, mount: route.mount }];
  });

/** Every address that leads to an application, whether or not it answers. */
const placesOf = (deployment: ApacheDeployment, world: RoutingWorld): readonly Place[] =>
  mountsOf(deployment, world).flatMap(({ address, route }: Mount): readonly Place[] =>
    address !== null && route.kind === 'application' ? [{ to: address, mount: route.mount }] : [],
  );

/**
 * One place in embedded mode and one in a daemon group, as far as their processes live as long as they are left alone:
 * a program is not to be cut short by a limit.
 */
function unhurried({ children }: ApacheDeployment, groups: readonly Group[]): readonly Place[] {
  if (children.maxConnectionsPerChild > 0) return [];
  const embedded = groups.find(({ daemon }) => daemon === null);
  const lasting = groups.find(({ daemon }) => daemon !== null && isLasting(daemon));
  return [embedded, lasting].flatMap((group) => group?.places.slice(0, 1) ?? []);
}

const isLasting = ({ maximumRequests, restartInterval, requestTimeout, socketTimeout }: DaemonGroup): boolean =>
  maximumRequests + restartInterval + requestTimeout + socketTimeout === 0;

/** What belongs to a process and not to one of its interpreters: signal handlers and the working directory. */
function surroundings({ name, daemon, places }: Group, asking: Asking): readonly Situation[] {
  const [first] = places;
  if (!first) return [];
  const other = places.find(({ mount }) => mount.applicationGroup !== first.mount.applicationGroup);
  // One mount that is told of credentials and one that is not, as far as there are both.
  const open = [true, false].flatMap(
    (passes) => places.find(({ mount }) => mount.passAuthorization === passes)?.to ?? [],
  );
  const credentials = {
    name: `requests to ${called(name)} come with credentials`,
    steps: open.map((to) => asking.request(to, { kind: 'send-credentials' })),
  };
  const registration = {
    name: `a request in ${called(name)} registers a signal handler`,
    steps: [asking.request(first.to, { kind: 'register-signal' })],
  };
  if (!other) return [credentials, registration];
  // Several processes: one of the requests may meet the same.
  const rounds = daemon ? processCount(daemon) + 1 : 2;
  return [
    credentials,
    registration,
    {
      name: `a request in ${called(name)} changes the working directory`,
      steps: [
        asking.request(first.to, { kind: 'change-directory', directory: '/dev' }),
        ...Array.from({ length: rounds }, () => asking.request(other.to)),
      ],
    },
  ];
}

/** Every thread of every process is kept busy, as far as that is quick, and one more request comes. */
function saturation({ name, places, room }: Group, asking: Asking): readonly Situation[] {
  return places.map(({ to }, index) => {
    // The first mount of a group shows its size; for the others it is enough that requests meet.
    const count = index === 0 ? room.holdable : Math.min(room.holdable, fewHeld);
    const held = fill(to, count, room, asking);
    const crowd = asking.crowd(to);
    return {
      name: `${count} requests are held in ${called(name)} and one more comes`,
      steps: [...held, crowd, release([...held, crowd])],
    };
  });
}
const fewHeld = 12;

/** Requests that are held, each as surely as this server allows. */
const fill = (to: Address, count: number, { sure }: Room, asking: Asking): readonly Sending[] =>
  Array.from({ length: count }, (_, index) => (index < sure ? asking.hold(to) : asking.crowd(to)));

/** Enough requests one by one for a process to be replaced, then a limit that is reached while a request is held. */
function requestLimit({ daemon, places, room }: Daemons, asking: Asking): readonly Situation[] {
  const limit = daemon.maximumRequests;
  const to = places[0]?.to;
  if (!to || limit === 0 || limit > mostRequests) return [];
  const count = (processCount(daemon) + 1) * limit + 1;
  const oneByOne = Array.from({ length: Math.min(count, 2 * mostRequests + 1) }, () => asking.request(to));
  const situation = { name: `${daemon.name} gets more requests than a process may have`, steps: oneByOne };
  if (processCount(daemon) > 1 || room.spare === 0 || daemon.gracefulTimeout === 0) return [situation];
  const held = asking.hold(to);
  const beside = Array.from({ length: limit }, () => asking.request(to));
  // A server that takes no more must not keep the scenario waiting.
  const beyond = [asking.crowd(to)];
  return [
    situation,
    {
      name: `${daemon.name} gets more requests than a process may have, one of them held`,
      steps: [held, ...beside, ...beyond, release([held, ...beyond]), awaitReplacement(held), asking.request(to)],
    },
    ...movedDeadline(daemon, to, asking),
  ];
}

/** A request that stays beyond the deadline, which another one has moved; waited for where that is short. */
function movedDeadline(daemon: DaemonGroup, to: Address, asking: Asking): readonly Situation[] {
  const { name, gracefulTimeout, shutdownTimeout, maximumRequests } = daemon;
  const isShort = (timeout: Millis): boolean => timeout > 0 && timeout <= 2000;
  if (!isShort(gracefulTimeout) || !isShort(shutdownTimeout) || !isMonitored(daemon)) return [];
  const held = asking.hold(to);
  const beside = Array.from({ length: maximumRequests }, () => asking.request(to));
  return [
    {
      name: `${name} waits at its limit for a request that does not end, and another one comes and leaves`,
      steps: [
        held,
        ...beside,
        { do: 'await-outcome', request: held.request, atMost: millis(gracefulTimeout / 2) },
        asking.request(to),
        awaitReplacement(held),
        release([held]),
        asking.request(to),
      ],
    },
  ];
}

/** A script changes: first nothing happens, then somebody asks for it. */
function touches(group: Group, asking: Asking): readonly Situation[] {
  const scripts = [...new Set(group.places.map(({ mount }) => mount.script))].slice(0, mostScripts);
  return scripts.flatMap((script) => {
    const own = group.places.filter(({ mount }) => mount.script === script);
    const neighbour = group.places.find(({ mount }) => mount.script !== script);
    const first = own[0];
    return first ? [touch({ script, own, first, neighbour }, group, asking)] : [];
  });
}

interface Touched {
  readonly script: string;
  readonly own: readonly Place[];
  readonly first: Place;
  /** Another script of the same group. */
  readonly neighbour: Place | undefined;
}

function touch({ script, own, first, neighbour }: Touched, group: Group, asking: Asking): Situation {
  const beside = neighbour ? [neighbour] : [];
  // Several processes: each has to be met.
  const rounds = group.daemon ? processCount(group.daemon) + 1 : 2;
  const askOwn = (): readonly Step[] => own.map(({ to }) => asking.request(to));
  const askBeside = (): readonly Step[] => beside.map(({ to }) => asking.request(to));
  const afterwards = [...askOwn(), ...askBeside()];
  const all = Array.from({ length: rounds }, askOwn).flat();
  return {
    name: `${script} is touched in ${called(group.name)}`,
    steps: [
      ...askBeside(),
      ...askOwn(),
      ...(waitsBeside(group, first) ? touchWithOneInside(group, first, asking) : []),
      { do: 'act', act: { kind: 'touch', script } },
      ...askBeside(),
      ...all,
      ...afterwards,
    ],
  };
}

/** Whether a request may be held while the script changes: in a daemon process it must come out before its time is up. */
const waitsBeside = ({ daemon, room }: Group, { mount }: Place): boolean =>
  room.spare > 0 &&
  (daemon === null ||
    (processCount(daemon) === 1 && mount.scriptReloading && hasTime(daemon) && daemon.maximumRequests === 0));

/** A request that only has to be let go gets out well within two seconds. */
const hasTime = ({ shutdownTimeout }: DaemonGroup): boolean => shutdownTimeout === 0 || shutdownTimeout >= 2000;

/** In a child the old module goes on beside the new one; of a daemon process the next request must wait for the end. */
function touchWithOneInside({ daemon, room }: Group, { to, mount }: Place, asking: Asking): readonly Step[] {
  const count = daemon ? 1 : Math.min(2, room.spare);
  const held = Array.from({ length: count }, () => asking.hold(to));
  const act: Step = { do: 'act', act: { kind: 'touch', script: mount.script } };
  if (!daemon) return [...held, act, asking.request(to), asking.request(to), release(held)];
  const waiting = asking.crowd(to);
  return [...held, act, waiting, release(held), release([waiting])];
}

/** A process is told to end, by its own application and from outside. */
function signals({ daemon, places }: Daemons, asking: Asking): readonly Situation[] {
  const to = places[0]?.to;
  if (!to) return [];
  const own = asking.request(to, { kind: 'signal-self', signal: 'SIGINT' });
  const afterOwn = askAll(daemon, to, asking);
  const outside = asking.request(to);
  const afterOutside = askAll(daemon, to, asking);
  return [
    {
      name: `a process of ${daemon.name} sends itself SIGINT`,
      steps: [own, awaitReplacement(own), ...afterOwn],
    },
    {
      name: `a process of ${daemon.name} is sent SIGTERM`,
      steps: [
        outside,
        { do: 'act', act: { kind: 'signal', signal: 'SIGTERM', processOf: outside.request } },
        awaitReplacement(outside),
        ...afterOutside,
      ],
    },
  ];
}

/** Enough requests for each process of a group to be met, if they are fair. */
const askAll = (daemon: DaemonGroup, to: Address, asking: Asking): readonly Step[] =>
  Array.from({ length: processCount(daemon) + 1 }, () => asking.request(to));

function embeddedSignal({ places }: Group, asking: Asking): readonly Situation[] {
  const to = places[0]?.to;
  if (!to) return [];
  const own = asking.request(to, { kind: 'signal-self', signal: 'SIGINT' });
  return [
    {
      name: 'an Apache child sends itself SIGINT',
      steps: [own, asking.request(to), asking.request(to)],
    },
  ];
}

/** A child is lost beside others: where it is the only one nobody serves until maintenance looks again. */
function lostChild({ children }: ApacheDeployment, { places, room }: Group, asking: Asking): readonly Situation[] {
  const to = places[0]?.to;
  if (!to || maxChildren(children) === 1 || children.maxConnectionsPerChild > 0) return [];
  const inside = Array.from({ length: Math.min(room.spare, 2) }, () => asking.hold(to));
  const crash = asking.request(to, { kind: 'exit', code: 3 });
  return [
    {
      name: 'an application ends its Apache child',
      steps: [...inside, crash, release(inside), asking.request(to), asking.request(to)],
    },
  ];
}

/** A process is lost with requests in it and others waiting. */
function losses({ daemon, places, room }: Daemons, asking: Asking): readonly Situation[] {
  const to = places[0]?.to;
  if (!to) return [];
  const inside = Array.from({ length: Math.min(room.spare, 2) }, () => asking.hold(to));
  const crash = asking.request(to, { kind: 'exit', code: 3 });
  const crashed: Situation = {
    name: `an application of ${daemon.name} ends its process`,
    steps: [...inside, crash, release(inside), awaitReplacement(crash), ...askAll(daemon, to, asking)],
  };
  if (processCount(daemon) > 1 || !room.isFilled || room.holdable > fewHeld || room.holdable < daemon.threads)
    return [crashed];
  const held = fill(to, room.holdable, room, asking);
  const waiting = asking.crowd(to);
  const [victim] = held;
  if (!victim) return [crashed];
  return [
    crashed,
    {
      name: `the process of ${daemon.name} is killed while a request waits`,
      steps: [
        ...held,
        waiting,
        { do: 'act', act: { kind: 'signal', signal: 'SIGKILL', processOf: victim.request } },
        awaitReplacement(victim),
        release([...held, waiting]),
        ...askAll(daemon, to, asking),
      ],
    },
  ];
}

/** Connections that each carry some requests, more of them than the only child may have. */
function keptConnections({ children }: ApacheDeployment, { places }: Group, asking: Asking): readonly Situation[] {
  const to = places[0]?.to;
  const limit = children.maxConnectionsPerChild;
  if (!to || limit === 0 || limit > mostConnections || maxChildren(children) > 1) return [];
  const connections = Array.from({ length: 2 * limit + 1 }, (_, index) => `c${index + 1}`);
  const steps = connections.flatMap((connection) =>
    Array.from(
      { length: limit + 1 },
      (): Step => ({ do: 'request', request: asking.request(to).request, to, connection }),
    ),
  );
  return [{ name: 'a child gets more connections than it may have, each with some requests', steps }];
}
const mostConnections = 8;

/** As many idle connections as event has workers, and one request beside them. */
function idleConnections(
  { children, server }: ApacheDeployment,
  { places }: Group,
  asking: Asking,
): readonly Situation[] {
  const to = places[0]?.to;
  const workers = maxChildren(children) * children.threadsPerChild;
  if (!to || server.mpm !== 'event' || children.maxConnectionsPerChild > 0 || workers > mostConnections) return [];
  const askByEach = (): readonly Step[] =>
    Array.from({ length: workers }, (_, index) => ({
      do: 'request',
      request: asking.request(to).request,
      to,
      connection: `idle${index + 1}`,
    }));
  const before = askByEach();
  const beside = asking.crowd(to);
  return [
    {
      name: 'a request comes while all connections that the workers could have are idle',
      steps: [...before, beside, release([beside]), ...askByEach()],
    },
  ];
}

/** One process, and no requests to count: those that fail would be counted unseen. */
const isCountless = (daemon: DaemonGroup): boolean => processCount(daemon) === 1 && daemon.maximumRequests === 0;

const called = (group: ProcessGroupName): string => group || 'embedded mode';

export type Sending = Extract<Step, { readonly request: RequestId }>;

const release = (steps: readonly Sending[]): Step => ({
  do: 'release',
  requests: steps.map(({ request }) => request),
});

const awaitReplacement = ({ request }: Sending): Step => ({ do: 'await-replacement', processOf: request });

/** Numbers the requests of one scenario. */
export class Asking {
  #serial = 0;

  request(to: Address, behave?: Behaviour): Sending {
    return { do: 'request', request: this.#next(), to, ...(behave && { behave }) };
  }

  hold(to: Address): Sending {
    return { do: 'hold', request: this.#next(), to };
  }

  crowd(to: Address): Sending {
    return { do: 'crowd', request: this.#next(), to };
  }

  #next(): RequestId {
    return requestId(++this.#serial);
  }
}
