/**
 * The situations of a server of workers: the twin of {@link file://./situations.ts}, which has those of Apache. First
 * what leaves everything as it is, then what ends processes, then what the server's parent is told; what ends the server
 * is last, and there is one such ending in a scenario.
 */
import { applicationsOf, type WorkerDeployment } from '../../spec/deployment.ts';
import type { GunicornDeployment } from '../../spec/deployments/gunicorn.ts';
import type { UwsgiDeployment } from '../../spec/deployments/uwsgi.ts';
import type { Scenario, Step } from '../../spec/scenario.ts';
import type { Act, Address, ServerSignal } from '../../spec/trace.ts';
import { assertNever, fromSeconds, type Millis, millis, type Signal } from '../../spec/vocabulary.ts';
import { workersOf } from '../../spec/workers.ts';
import { pepSituations } from './pep-situations.ts';
import type { Room } from './room.ts';
import { Asking, type Sending, type Situation } from './situations.ts';
import { roomOfWorkers } from './worker-room.ts';

/** The longest deadline that is waited for. */
const patience = fromSeconds(5);
/** More than a server of whole seconds, which looks at its clock once a second, is late. In ms. */
const lateness = 3000;
/** More than any server may be late, where what is on time does not keep the scenario waiting. In ms. */
const utmostLateness = 6000;
/** Requests sent one by one to reach a limit; a higher one is left alone. */
const mostRequests = 50;
/** Requests that are under way at once, where that need not fill the server. */
const manyAtOnce = 12;

/**
 * How a run ends, beside the situations that every run goes through: the server is told to stop, or left to something
 * that it does not survive.
 */
export const workerEndings = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  /** gunicorn gets a second arbiter, and the first one is told to go. */
  'SIGUSR2',
  'exit-3',
  'exit-4',
  /** No worker can load the application any more. */
  'broken-script',
  /** The only process ends, and there is nobody to replace it. */
  'crash',
] as const;
export type WorkerEnding = (typeof workerEndings)[number];

/** The endings that this server has, the plainest first. */
export function endingsOf(deployment: WorkerDeployment): readonly WorkerEnding[] {
  switch (deployment.kind) {
    case 'gunicorn':
      return [
        'SIGTERM',
        'SIGINT',
        'SIGQUIT',
        'SIGUSR2',
        'exit-3',
        'exit-4',
        ...(deployment.preloadApp ? [] : (['broken-script'] as const)),
      ];
    case 'uwsgi':
      if (!deployment.master) return ['crash'];
      return [
        'SIGINT',
        deployment.dieOnTerm ? 'SIGTERM' : 'SIGQUIT',
        ...(deployment.needApp ? (['broken-script'] as const) : []),
      ];
    case 'plain':
      return [];
    default:
      return assertNever(deployment);
  }
}

/** All situations of a deployment, one after the other on one server. */
export const workerSituations = <D extends WorkerDeployment>(deployment: D, ending?: WorkerEnding): Scenario<D> => ({
  deployment,
  steps: workerSituationsOf(deployment, ending).flatMap(({ steps }) => steps),
});

/** @param ending - One of {@link endingsOf}; without it the first of them, where there is any. */
export function workerSituationsOf(
  deployment: WorkerDeployment,
  ending: WorkerEnding | undefined = endingsOf(deployment)[0],
): readonly Situation[] {
  const asking = new Asking();
  const places = placesOf(deployment);
  const [first] = places;
  if (!first) return [];
  const server: Server = { deployment, to: first, places, room: roomOfWorkers(deployment), asking };
  const asked = [
    { name: 'every application is asked once', steps: askEach(server) },
    { name: 'every application is asked again', steps: [...askEach(server), ...askEach(server)] },
    ...places.map((to) => saturation(server, to)),
    ...crowding(server),
    keptConnection(server),
    ...(isUnhurried(deployment) ? pepSituations(first, asking) : []),
    ...requestLimit(server),
    ...ownSituations(server),
    ...losses(server),
    ...restarts(server),
    { name: 'every application is asked at the end', steps: askEach(server) },
    ...(ending ? [endingOf(server, ending)] : []),
  ];
  return asked.filter(({ steps }) => steps.length > 0);
}

/** Whether its workers live as long as they are left alone: a program is not to be cut short by a limit. */
export function isUnhurried(deployment: WorkerDeployment): boolean {
  if (workersOf(deployment).allowance !== null) return false;
  switch (deployment.kind) {
    case 'gunicorn':
      return deployment.timeout === 0 || deployment.timeout >= longest;
    case 'uwsgi':
      return deployment.maxWorkerLifetime === 0 && (deployment.harakiri === 0 || deployment.harakiri >= longest);
    case 'plain':
      return true;
    default:
      return assertNever(deployment);
  }
}
/** More than a program waits for a server that breaks a rule, in ms. */
const longest = 15_000;

/** The end of a server that went through something else; null where no address of it can be asked. */
export function workerEnd(deployment: WorkerDeployment, ending: WorkerEnding, asking: Asking): Situation | null {
  const places = placesOf(deployment);
  const [to] = places;
  return to ? endingOf({ deployment, to, places, room: roomOfWorkers(deployment), asking }, ending) : null;
}

/** The programs that show how PEP 3333 is kept, on a server that goes through something else as well. */
export function workerPrograms(deployment: WorkerDeployment, asking: Asking): readonly Situation[] {
  const [to] = placesOf(deployment);
  return to ? pepSituations(to, asking) : [];
}

/** A running server, and the requests that it was sent so far. */
interface Server<D extends WorkerDeployment = WorkerDeployment> {
  readonly deployment: D;
  /** Where its first application answers. */
  readonly to: Address;
  readonly places: readonly Address[];
  readonly room: Room;
  readonly asking: Asking;
}

/** Where each application answers to HTTP: none does where only another protocol is spoken. */
function placesOf(deployment: WorkerDeployment): readonly Address[] {
  const listen =
    deployment.kind === 'uwsgi'
      ? deployment.listens.find(({ protocol }) => protocol !== 'uwsgi' && protocol !== 'other')
      : deployment.listens[0];
  if (!listen) return [];
  return applicationsOf(deployment).map(({ url }) => ({ host: 'localhost', port: listen.port, path: url || '/' }));
}

const askEach = ({ places, asking }: Server): readonly Step[] => places.map((to) => asking.request(to));

/** Enough requests for each worker to be met, if they are fair. */
const askWorkers = ({ deployment, to, asking }: Server): readonly Sending[] =>
  Array.from({ length: Math.min(workersOf(deployment).processes.max, 8) + 1 }, () => asking.request(to));

/** Every thread of every worker is kept busy, as far as that is quick, and one more request comes. */
function saturation(server: Server, to: Address): Situation {
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

/** Requests that are held, each as surely as this server allows. */
const fill = ({ room, asking }: Server, to: Address, count: number): readonly Sending[] =>
  Array.from({ length: count }, (_, index) => (index < room.sure ? asking.hold(to) : asking.crowd(to)));

/** More requests than the server runs at once, of which nobody knows the order, twice. */
function crowding({ to, room, asking }: Server): readonly Situation[] {
  const count = Math.min(2 * room.holdable, manyAtOnce);
  const crowd = (): readonly Step[] => {
    const all = Array.from({ length: count }, () => asking.crowd(to));
    return [...all, release(all)];
  };
  return [{ name: `${count} requests come at once`, steps: [...crowd(), ...crowd()] }];
}

/** Requests by one connection, where the server keeps it. */
const keptConnection = ({ deployment, to, asking }: Server): Situation => ({
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
function requestLimit(server: Server): readonly Situation[] {
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

/** What only this server has: its deadlines, its files, the growth of its pool. */
function ownSituations(server: Server): readonly Situation[] {
  const { deployment } = server;
  switch (deployment.kind) {
    case 'gunicorn':
      return [...touchedScript(server, deployment.reload), ...silentWorker({ ...server, deployment })];
    case 'uwsgi':
      return uwsgiSituations({ ...server, deployment });
    case 'plain':
      return [];
    default:
      return assertNever(deployment);
  }
}

/** The script changes: nothing happens, unless the server watches it. */
function touchedScript(server: Server, isWatched: boolean): readonly Situation[] {
  const { deployment } = server;
  const { script } = applicationsOf(deployment)[0];
  const before = askWorkers(server);
  const [first] = before;
  if (!first) return [];
  return [
    {
      name: `${script} is touched`,
      steps: [
        ...before,
        act({ kind: 'touch', script }),
        ...(isWatched ? [awaitReplacement(first)] : []),
        ...(deployment.kind === 'uwsgi' ? longEnough(server) : []),
        ...askWorkers(server),
      ],
    },
  ];
}

/** Until a master that looks at files once a second has looked. */
function longEnough({ to, asking }: Server): readonly Step[] {
  const held = asking.hold(to);
  return [held, awaitOutcome(held, 2000), release([held])];
}

/** A request takes longer than `timeout`. */
function silentWorker({ deployment, to, asking }: Server<GunicornDeployment>): readonly Situation[] {
  if (!isShort(deployment.timeout)) return [];
  const held = asking.hold(to);
  return [
    {
      name: 'a request takes longer than timeout',
      steps: [
        held,
        // Only a sync worker is killed for it.
        awaitOutcome(held, deployment.timeout + (deployment.workerClass === 'sync' ? utmostLateness : lateness)),
        release([held]),
        asking.request(to),
      ],
    },
  ];
}

function uwsgiSituations(server: Server<UwsgiDeployment>): readonly Situation[] {
  const { deployment, to, room, asking } = server;
  const watched = [deployment.touchReload, deployment.touchWorkersReload, deployment.touchChainReload].flat();
  const { script } = applicationsOf(deployment)[0];
  const situations: Situation[] =
    watched.includes(script) || deployment.pyAutoReload > 0 ? [] : [...touchedScript(server, false)];
  if (deployment.master) for (const file of new Set(watched)) situations.push(touchedFile(server, file));
  if (isShort(deployment.harakiri)) {
    const held = asking.hold(to);
    situations.push({
      name: 'a request takes longer than harakiri',
      steps: [held, awaitOutcome(held, deployment.harakiri + utmostLateness), release([held]), asking.request(to)],
    });
    // Only in the same worker does the other request matter.
    if (room.spare > 0 && deployment.processes === 1) {
      const stuck = asking.hold(to);
      situations.push({
        name: 'a request takes longer than harakiri, and another one came and left',
        steps: [
          stuck,
          asking.request(to),
          awaitOutcome(stuck, deployment.harakiri + lateness),
          release([stuck]),
          asking.request(to),
        ],
      });
    }
  }
  if (isShort(deployment.maxWorkerLifetime)) {
    const held = asking.hold(to);
    situations.push({
      name: 'a request is inside when its worker is as old as it may be',
      steps: [
        held,
        awaitOutcome(held, deployment.maxWorkerLifetime + lateness),
        release([held]),
        awaitReplacement(held),
        asking.request(to),
      ],
    });
  }
  if (deployment.cheaper && deployment.cheaper.overload <= 5) {
    const { min, overload } = deployment.cheaper;
    const held = fill(server, to, min * deployment.threads);
    const waiting = asking.crowd(to);
    situations.push({
      name: 'all workers are busy until there are more',
      steps: [
        ...held,
        waiting,
        awaitOutcome(waiting, overload * 1000 + 2 * lateness),
        release([...held, waiting]),
        asking.request(to),
      ],
    });
  }
  return situations;
}

/** A file that the master looks at is touched, with a request inside and another one coming. */
function touchedFile(server: Server<UwsgiDeployment>, file: string): Situation {
  const { to, asking } = server;
  const before = askWorkers(server);
  const held = asking.hold(to);
  const waiting = asking.crowd(to);
  return {
    name: `${file} is touched with a request inside`,
    steps: [
      ...before,
      held,
      act({ kind: 'touch', script: file }),
      // The master looks once a second; it is seen that it waits.
      awaitOutcome(held, lateness),
      waiting,
      release([held, waiting]),
      ...before.map(awaitReplacement),
      ...askWorkers(server),
    ],
  };
}

/** Workers are lost with requests in them and others waiting, and told to go. */
function losses(server: Server): readonly Situation[] {
  const { deployment, to, room, asking } = server;
  if (!workersOf(deployment).areReplaced) return [];
  const situations: Situation[] = [];
  const inside = Array.from({ length: Math.min(room.spare, 2) }, () => asking.hold(to));
  const crash = asking.request(to, { kind: 'exit', code: 1 });
  situations.push({
    name: 'an application ends its process',
    steps: [...inside, crash, release(inside), awaitReplacement(crash), ...askWorkers(server)],
  });
  const full = fill(server, to, Math.min(room.holdable, manyAtOnce));
  const waiting = asking.crowd(to);
  const [killed] = full;
  if (killed)
    situations.push({
      name: 'a process is killed while a request waits',
      steps: [
        ...full,
        waiting,
        signal('SIGKILL', killed),
        release([...full, waiting]),
        awaitReplacement(killed),
        ...askWorkers(server),
      ],
    });
  const told = asking.request(to);
  situations.push({
    name: 'a process is sent SIGTERM',
    steps: [told, signal('SIGTERM', told), awaitReplacement(told), ...askWorkers(server)],
  });
  if (loadsInWorkers(deployment)) situations.push(slowImport(server));
  return situations;
}

/** Whether a worker that replaces another one executes the script, and only then: with a limit one may be starting already. */
function loadsInWorkers(deployment: WorkerDeployment): boolean {
  if (workersOf(deployment).allowance !== null) return false;
  return deployment.kind === 'gunicorn'
    ? !deployment.preloadApp
    : deployment.kind === 'uwsgi' && deployment.lazyApps && deployment.maxWorkerLifetime === 0;
}

/** The successor of a process takes long to import the application, and a request comes meanwhile. */
function slowImport({ deployment, to, asking }: Server): Situation {
  const { script } = applicationsOf(deployment)[0];
  const crash = asking.request(to, { kind: 'exit', code: 1 });
  const waiting = asking.crowd(to);
  return {
    name: `the import of ${script} takes long`,
    steps: [
      act({ kind: 'stall', script }),
      crash,
      { do: 'await-import', script, atMost: fromSeconds(10) },
      waiting,
      act({ kind: 'mend', script }),
      release([waiting]),
      awaitReplacement(crash),
      asking.request(to),
    ],
  };
}

/** The parent is told what leaves the server running. */
function restarts(server: Server): readonly Situation[] {
  const { deployment } = server;
  switch (deployment.kind) {
    case 'gunicorn':
      return gunicornRestarts({ ...server, deployment });
    case 'uwsgi':
      return deployment.master ? uwsgiRestarts({ ...server, deployment }) : [];
    case 'plain': {
      const { reloadsOn } = deployment.promises;
      return reloadsOn === null ? [] : [told(server, reloadsOn)];
    }
    default:
      return assertNever(deployment);
  }
}

const told = (server: Server, signal: ServerSignal): Situation => ({
  name: `the server is sent ${signal}`,
  steps: [...askWorkers(server), serverSignal(signal), ...askWorkers(server)],
});

function gunicornRestarts(server: Server<GunicornDeployment>): readonly Situation[] {
  const { deployment, to, room, asking } = server;
  const { workers, daemon } = deployment;
  /** As many as the workers it has now run, and one more. */
  const oneMoreThanFits = (): readonly Step[] => {
    const held = fill(server, to, Math.min(room.sure, manyAtOnce));
    const more = [asking.crowd(to), asking.crowd(to)];
    return [...held, ...more, release([...held, ...more])];
  };
  const held = asking.hold(to);
  const beside = [asking.crowd(to), asking.crowd(to)];
  return [
    told(server, 'SIGUSR1'),
    ...(daemon ? [] : [told(server, 'SIGWINCH')]),
    {
      name: 'the server gets one worker more',
      steps: [serverSignal('SIGTTIN'), ...askWorkers(server), ...oneMoreThanFits()],
    },
    {
      name: 'the server gets its number of workers back',
      continues: true,
      steps: [serverSignal('SIGHUP'), ...askWorkers(server), ...oneMoreThanFits()],
    },
    {
      name: 'the server is told to have one worker less than one',
      continues: true,
      steps: [...Array.from({ length: Math.min(workers, 8) }, () => serverSignal('SIGTTOU')), ...askWorkers(server)],
    },
    {
      name: 'the server is restarted',
      continues: true,
      steps: [serverSignal('SIGHUP'), ...askWorkers(server), ...oneMoreThanFits()],
    },
    {
      name: 'the server is restarted with a request inside',
      // They crowd: an old gthread worker may take one more, which then waits behind the one held.
      steps: [held, serverSignal('SIGHUP'), ...beside, release([held, ...beside]), ...askWorkers(server)],
    },
  ];
}

function uwsgiRestarts(server: Server<UwsgiDeployment>): readonly Situation[] {
  const { deployment, to, asking } = server;
  const { dieOnTerm, workerReloadMercy, needApp } = deployment;
  const { script } = applicationsOf(deployment)[0];
  const situations: Situation[] = [told(server, 'SIGUSR1'), told(server, 'SIGHUP')];
  if (isShort(workerReloadMercy)) {
    const held = asking.hold(to);
    situations.push({
      name: 'the server is restarted with a request inside that does not end',
      steps: [held, serverSignal('SIGHUP'), release([held]), ...askWorkers(server)],
    });
  }
  situations.push(told(server, dieOnTerm ? 'SIGQUIT' : 'SIGTERM'));
  const registered = asking.request(to, { kind: 'register-exit-handlers' });
  const busy = asking.hold(to);
  // A worker that runs Python code does not end by itself.
  if (isShort(workerReloadMercy))
    situations.push({
      name: 'the server is restarted brutally with exit handlers, and a request inside',
      steps: [
        registered,
        busy,
        serverSignal(dieOnTerm ? 'SIGQUIT' : 'SIGTERM'),
        release([busy]),
        ...askWorkers(server),
      ],
    });
  const idle = asking.request(to, { kind: 'register-exit-handlers' });
  situations.push({
    name: 'the server is restarted with exit handlers',
    steps: [idle, serverSignal('SIGHUP'), ...askWorkers(server)],
  });
  if (!needApp)
    situations.push({
      name: `${script} raises, and is mended`,
      steps: [
        act({ kind: 'break', script }),
        serverSignal('SIGHUP'),
        asking.request(to),
        asking.request(to),
        act({ kind: 'mend', script }),
        serverSignal('SIGHUP'),
        ...askWorkers(server),
      ],
    });
  return situations;
}

function endingOf(server: Server, ending: WorkerEnding): Situation {
  const { deployment, to, room, asking } = server;
  const { script } = applicationsOf(deployment)[0];
  switch (ending) {
    case 'SIGTERM':
    case 'SIGINT':
    case 'SIGQUIT': {
      const inside = stopsSoon(deployment, ending) ? [asking.hold(to)] : [];
      return {
        name: `the server is stopped by ${ending}${inside.length > 0 ? ' with a request inside' : ''}`,
        steps: [...inside, serverSignal(ending), ...(inside.length > 0 ? [release(inside)] : []), asking.request(to)],
      };
    }
    case 'SIGUSR2':
      return {
        name: 'a second arbiter is started, and the first one is stopped',
        steps: [
          ...askWorkers(server),
          serverSignal('SIGUSR2'),
          ...askWorkers(server),
          serverSignal('SIGTERM'),
          ...askWorkers(server),
        ],
      };
    case 'exit-3':
    case 'exit-4': {
      const exit = asking.request(to, { kind: 'exit', code: ending === 'exit-3' ? 3 : 4 });
      return {
        name: `a process ends with exit code ${ending.slice(-1)}`,
        steps: [exit, awaitReplacement(exit), asking.request(to)],
      };
    }
    case 'broken-script': {
      const last = asking.request(to);
      return {
        name: `${script} raises when the server is restarted`,
        steps: [
          last,
          act({ kind: 'break', script }),
          serverSignal('SIGHUP'),
          awaitReplacement(last),
          asking.request(to),
        ],
      };
    }
    case 'crash': {
      const inside = Array.from({ length: Math.min(room.spare, 2) }, () => asking.hold(to));
      const crash = asking.request(to, { kind: 'exit', code: 1 });
      return {
        name: 'an application ends its process, which nobody replaces',
        steps: [...inside, crash, release(inside), asking.request(to)],
      };
    }
    default:
      return assertNever(ending);
  }
}

/** Whether a server with a request inside is gone soon after that signal. */
function stopsSoon(deployment: WorkerDeployment, signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT'): boolean {
  switch (deployment.kind) {
    case 'gunicorn': {
      const drops = signal !== 'SIGTERM' && deployment.workerClass !== 'gthread';
      return drops || isShort(deployment.gracefulTimeout);
    }
    // A worker that runs Python code does not end by itself.
    case 'uwsgi':
      return isShort(deployment.workerReloadMercy);
    case 'plain':
      return false;
    default:
      return assertNever(deployment);
  }
}

const isShort = (deadline: Millis): boolean => deadline > 0 && deadline <= patience;

const act = (what: Act): Step => ({ do: 'act', act: what });
const serverSignal = (signal: ServerSignal): Step => act({ kind: 'server-signal', signal });
const signal = (which: Signal, { request }: Sending): Step =>
  act({ kind: 'signal', signal: which, processOf: request });
const awaitReplacement = ({ request }: Sending): Step => ({ do: 'await-replacement', processOf: request });
const awaitOutcome = ({ request }: Sending, atMost: number): Step => ({
  do: 'await-outcome',
  request,
  atMost: millis(atMost),
});
const release = (sent: readonly Sending[]): Step => ({ do: 'release', requests: sent.map(({ request }) => request) });
