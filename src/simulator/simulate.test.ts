import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import {
  type ApacheDeployment,
  type DaemonGroup,
  maxChildren,
  mpms,
  processCount,
} from '../../spec/deployments/apache.ts';
import { type RequestEvent, requestMachine } from '../../spec/machines/request.ts';
import { route } from '../../spec/routing/route.ts';
import type { ApacheScenario, Step } from '../../spec/scenario.ts';
import { eventsOf, type Trace, type TraceEvent } from '../../spec/trace.ts';
import {
  fromSeconds,
  millis,
  type ProcessGroupName,
  type ProcessId,
  type RequestId,
  requestId,
} from '../../spec/vocabulary.ts';
import { aChildPool, aDaemonGroup, aDeployment, at } from './a-deployment.ts';
import { simulate } from './simulate.ts';

const paths = ['/a', '/b', '/e', '/f', '/nowhere', '/static'] as const;

const anyGroup = (name: string): fc.Arbitrary<DaemonGroup> =>
  fc
    .record({
      processes: fc.constantFrom(null, 1, 2, 3),
      threads: fc.integer({ min: 1, max: 3 }),
      maximumRequests: fc.constantFrom(0, 0, 1, 3),
      gracefulTimeout: fc.constantFrom(millis(0), fromSeconds(15)),
      evictionTimeout: fc.constantFrom(millis(0), fromSeconds(2)),
      shutdownTimeout: fc.constantFrom(fromSeconds(1), fromSeconds(5)),
      restartInterval: fc.constantFrom(millis(0), millis(0), fromSeconds(20)),
      inactivityTimeout: fc.constantFrom(millis(0), millis(0), fromSeconds(10)),
      requestTimeout: fc.constantFrom(millis(0), millis(0), fromSeconds(30)),
      queueTimeout: fc.constantFrom(millis(0), millis(0), fromSeconds(3)),
    })
    .map((options) => aDaemonGroup(name, options));

const anyDeployment: fc.Arbitrary<ApacheDeployment> = fc
  .record({
    mpm: fc.constantFrom(...mpms),
    modWsgi: fc.constantFrom('4.9' as const, '6' as const),
    a: anyGroup('a'),
    b: anyGroup('b'),
    threads: fc.integer({ min: 1, max: 4 }),
    servers: fc.integer({ min: 1, max: 4 }),
    maxConnectionsPerChild: fc.constantFrom(0, 0, 1, 3),
    reloading: fc.boolean(),
    isPreloaded: fc.boolean(),
  })
  .map(({ mpm, modWsgi, a, b, threads, servers, maxConnectionsPerChild, reloading, isPreloaded }) => {
    const threadsPerChild = mpm === 'prefork' ? 1 : threads;
    return aDeployment(
      {
        '/a': { processGroup: 'a', applicationGroup: '%{GLOBAL}' },
        '/b': { processGroup: 'b' },
        '/e': {},
        '/f': { script: '/srv/e.wsgi', applicationGroup: 'shared' },
        '/nowhere': { processGroup: 'nowhere' },
      },
      {
        kind: 'apache',
        server: { mpm, modWsgi },
        daemons: [a, b],
        children: aChildPool({
          startServers: 1,
          threadsPerChild,
          serverLimit: servers,
          maxRequestWorkers: threadsPerChild * servers,
          maxConnectionsPerChild,
        }),
        preloads: isPreloaded
          ? [{ script: '/srv/a.wsgi', processGroup: 'a', applicationGroup: '', because: 'WSGIImportScript', host: 0 }]
          : [],
        host: { settings: { scriptReloading: reloading } },
      },
    );
  });

type Wish =
  | { readonly kind: 'request' | 'crowd'; readonly path: string; readonly behave: number }
  | { readonly kind: 'release' | 'signal' | 'await'; readonly which: number; readonly signal: number }
  | { readonly kind: 'touch'; readonly path: string };

const anyWish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('request' as const, 'crowd' as const),
      path: fc.constantFrom(...paths),
      behave: fc.nat(9),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('release' as const, 'signal' as const, 'await' as const),
      which: fc.nat(9),
      signal: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('touch' as const), path: fc.constantFrom(...paths) }) },
);

const behaviours = [
  { kind: 'signal-self', signal: 'SIGINT' },
  { kind: 'signal-self', signal: 'SIGTERM' },
  { kind: 'exit', code: 3 },
] as const;
const sent = ['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const;

/** Steps that can be taken: what would wait for a thread that is held comes after everything held was released. */
function stepsOf(wishes: readonly Wish[]): readonly Step[] {
  const crowding: number[] = [];
  let serial = 0;
  return wishes.flatMap((wish): readonly Step[] => {
    const releaseAll: Step = { do: 'release', requests: crowding.map(requestId) };
    switch (wish.kind) {
      case 'crowd':
        crowding.push(++serial);
        return [{ do: 'crowd', request: requestId(serial), to: at(wish.path) }];
      case 'request': {
        crowding.splice(0);
        const behave = behaviours[wish.behave];
        const request: Step = {
          do: 'request',
          request: requestId(++serial),
          to: at(wish.path),
          ...(behave && { behave }),
        };
        return [releaseAll, request];
      }
      case 'release':
        crowding.splice(0);
        return [releaseAll];
      case 'touch':
        return [{ do: 'act', act: { kind: 'touch', script: `/srv${wish.path}.wsgi` } }];
      default: {
        if (serial === 0) return [];
        const processOf = requestId(1 + (wish.which % serial));
        const signal = sent[wish.signal % sent.length] ?? 'SIGTERM';
        return wish.kind === 'await'
          ? [{ do: 'await-replacement', processOf }]
          : [{ do: 'act', act: { kind: 'signal', signal, processOf } }];
      }
    }
  });
}

const anyScenario: fc.Arbitrary<ApacheScenario> = fc
  .record({ deployment: anyDeployment, wishes: fc.array(anyWish, { maxLength: 14 }) })
  .map(({ deployment, wishes }) => ({ deployment, steps: stepsOf(wishes) }));

/** From which event on each request may have been let go: the first that its release shows, or what follows the last sending. */
function letGoFrom(trace: Trace, steps: readonly Step[]): ReadonlyMap<string, number> {
  const sent = new Map(eventsOf(trace, 'request.sent').map(({ request, seq }) => [request, seq]));
  const released = new Map(eventsOf(trace, 'request.released').map(({ request, seq }) => [request, seq]));
  const from = new Map<string, number>();
  let last = 0;
  const release = (requests: readonly RequestId[]): void => {
    const shown = requests.map((request) => released.get(request) ?? 0).filter((seq) => seq > last);
    for (const request of requests)
      if (!from.has(request)) from.set(request, shown.length > 0 ? Math.min(...shown) : last + 1);
  };
  for (const step of steps) {
    if ('request' in step) last = Math.max(last, sent.get(step.request) ?? 0);
    if (step.do === 'release') release(step.requests);
  }
  release([...sent.keys()]);
  return from;
}

const always = (check: (trace: Trace, scenario: ApacheScenario, seed: number) => void): void =>
  fc.assert(
    fc.property(anyScenario, fc.nat(), (scenario, seed) => {
      check(simulate(scenario, { seed }), scenario, seed);
    }),
  );

/** The events of each process or request, in order. */
function by(trace: Trace, key: 'process' | 'request'): ReadonlyMap<string, readonly TraceEvent[]> {
  const groups = new Map<string, TraceEvent[]>();
  for (const event of trace) {
    const id = (event as { readonly [k in typeof key]?: string })[key];
    if (id !== undefined) groups.set(id, [...(groups.get(id) ?? []), event]);
  }
  return groups;
}

/** How many threads a process of each group has, and how many processes there may be. */
function sizeOf({ children, daemons }: ApacheDeployment, group: ProcessGroupName) {
  const daemon = daemons.find(({ name }) => name === group);
  return daemon
    ? { threads: daemon.threads, processes: processCount(daemon) }
    : { threads: children.threadsPerChild, processes: maxChildren(children) };
}

const groupsOf = (trace: Trace): ReadonlyMap<ProcessId, ProcessGroupName> =>
  new Map(eventsOf(trace, 'process.spawned').map(({ process, processGroup }) => [process, processGroup]));

describe('the simulator', () => {
  it('leaves one trace for one seed, byte for byte', () =>
    always((trace, scenario, seed) => {
      expect(JSON.stringify(simulate(scenario, { seed }))).toBe(JSON.stringify(trace));
    }));

  it('numbers events from 1 without gaps, and time never goes back', () =>
    always((trace) => {
      expect(trace.map(({ seq }) => seq)).toEqual(trace.map((_, index) => index + 1));
      expect(trace.every(({ at: time }, index) => time >= (trace[index - 1]?.at ?? 0))).toBe(true);
      expect(trace.every(({ at: time }) => Number.isInteger(time))).toBe(true);
    }));

  it('gives every request exactly one outcome, and nothing happens to it afterwards', () =>
    always((trace) => {
      for (const [request, events] of by(trace, 'request')) {
        const kinds = events.map(({ kind }) => kind);
        expect([request, kinds[0]]).toEqual([request, 'request.sent']);
        expect(kinds.at(-1)).toMatch(/^request\.(finished|failed)$/);
        expect(kinds.filter((kind) => kind === 'request.finished' || kind === 'request.failed')).toHaveLength(1);
      }
    }));

  it('leads every request as the request machine allows', () =>
    always((trace, { deployment }) => {
      for (const events of by(trace, 'request').values()) {
        const [first] = events;
        if (first?.kind !== 'request.sent') throw new Error('a request begins when it is sent');
        const to = route(deployment, first.to);
        const group = to.kind === 'application' ? to.mount.processGroup : '';
        const processes = group === '' ? 0 : sizeOf(deployment, group).processes;
        const [start] = initialTransition(requestMachine, { replays: 2 * processes + 1 });
        const last = events.slice(1).reduce((snapshot, event) => {
          const type = meaning(event, snapshot.value);
          if (type === null) return snapshot;
          const [next] = transition(requestMachine, snapshot, { type });
          expect(next.value, `${event.kind} of ${first.request} while ${snapshot.value}`).not.toBe(snapshot.value);
          return next;
        }, start);
        expect(last.status).toBe('done');
      }
    }));

  it('never has more requests inside a process than threads', () =>
    always((trace, { deployment, steps }) => {
      const groups = groupsOf(trace);
      const letGo = letGoFrom(trace, steps);
      const givenUp = new Set<string>();
      const inside = new Map<ProcessId, Set<string>>();
      const leave = (request: string) => inside.get(processOf.get(request) ?? ('' as ProcessId))?.delete(request);
      const processOf = new Map<string, ProcessId>();
      for (const event of trace) {
        for (const request of givenUp) if (event.seq >= (letGo.get(request) ?? 0)) leave(request);
        if (event.kind === 'request.accepted') {
          processOf.set(event.request, event.process);
          const now = (inside.get(event.process) ?? new Set()).add(event.request);
          inside.set(event.process, now);
          expect(now.size).toBeLessThanOrEqual(sizeOf(deployment, groups.get(event.process) ?? '').threads);
        }
        // Its thread goes on with what a child gave up waiting for, and nothing tells of its end.
        if (event.kind === 'request.finished' && event.status === 504) givenUp.add(event.request);
        else if (
          event.kind === 'request.replayed' ||
          event.kind === 'request.finished' ||
          event.kind === 'request.failed'
        )
          leave(event.request);
      }
    }));

  it('leads every process through its life in order, and nothing happens in it after its end', () =>
    always((trace) => {
      for (const events of by(trace, 'process').values()) {
        const life = events.filter(({ kind }) => kind.startsWith('process.')).map(({ kind }) => kind.slice(8));
        expect(life.join(' ')).toMatch(/^spawned (ready )?(draining )?(stopping )?exited$/);
        expect([events[0]?.kind, events.at(-1)?.kind]).toEqual(['process.spawned', 'process.exited']);
      }
    }));

  it('never has more processes of a group at once than configured, nor two of one pid', () =>
    always((trace, { deployment }) => {
      const alive = new Map<ProcessGroupName, number>();
      const groups = groupsOf(trace);
      for (const event of trace) {
        if (event.kind !== 'process.spawned' && event.kind !== 'process.exited') continue;
        const group = groups.get(event.process) ?? '';
        const now = (alive.get(group) ?? 0) + (event.kind === 'process.spawned' ? 1 : -1);
        alive.set(group, now);
        expect(now).toBeLessThanOrEqual(sizeOf(deployment, group).processes);
      }
      const pids = eventsOf(trace, 'process.spawned').map(({ pid }) => pid);
      expect(new Set(pids).size).toBe(pids.length);
    }));

  it('accepts requests only in processes that are ready and not on their way out', () =>
    always((trace) => {
      for (const events of by(trace, 'process').values()) {
        const kinds = events.map(({ kind }) => kind);
        const accepted = kinds.flatMap((kind, index) => (kind === 'request.accepted' ? [index] : []));
        const stopping = kinds.indexOf('process.stopping');
        for (const index of accepted) {
          expect(index).toBeGreaterThan(kinds.indexOf('process.ready'));
          if (stopping >= 0) expect(index).toBeLessThan(stopping);
        }
      }
    }));

  it('makes a request wait for a daemon group only where no process of it has a free thread', () =>
    always((trace, { deployment }) => {
      const groups = groupsOf(trace);
      const free = new Map<ProcessId, number>();
      const processOf = new Map<string, ProcessId>();
      const freed = (request: string): void => {
        const process = processOf.get(request);
        if (process !== undefined && free.has(process)) free.set(process, (free.get(process) ?? 0) + 1);
        processOf.delete(request);
      };
      for (const event of trace) {
        if (event.kind === 'process.ready')
          free.set(event.process, sizeOf(deployment, groups.get(event.process) ?? '').threads);
        if (event.kind === 'process.stopping' || event.kind === 'process.exited') free.delete(event.process);
        if (event.kind === 'request.accepted') {
          processOf.set(event.request, event.process);
          free.set(event.process, (free.get(event.process) ?? 0) - 1);
        }
        // A client that was told 504 has its answer; the thread that its request keeps is not free for that. One that was
        // told 500 or 502 may have lost its process, whose end is told a moment later.
        const isGivenUp = event.kind === 'request.finished' && [500, 502, 504].includes(event.status);
        if (event.kind === 'request.replayed' || event.kind === 'request.finished' || event.kind === 'request.failed')
          if (!isGivenUp) freed(event.request);
        if (event.kind === 'request.queued' && event.processGroup !== '') {
          const vacancies = [...free].filter(([process]) => groups.get(process) === event.processGroup);
          expect(vacancies.every(([, threads]) => threads <= 0)).toBe(true);
        }
      }
    }));

  it('shares an interpreter exactly within one process and application group, and globals within one loading', () =>
    always((trace) => {
      const observations = eventsOf(trace, 'observation').map(({ seen }) => seen);
      const counts = new Map<string, number>();
      for (const seen of observations) {
        for (const other of observations) {
          const sameInterpreter = seen.process === other.process && seen.applicationGroup === other.applicationGroup;
          expect(seen.interpreter === other.interpreter).toBe(sameInterpreter);
          expect(seen.importedModule === other.importedModule).toBe(sameInterpreter);
          if (seen.scriptGlobals !== other.scriptGlobals) continue;
          expect([seen.interpreter, seen.moduleName]).toEqual([other.interpreter, other.moduleName]);
        }
        for (const [mark, count] of [
          [seen.scriptGlobals, seen.scriptCount],
          [seen.importedModule, seen.moduleCount],
        ] as const) {
          expect(count).toBe((counts.get(mark) ?? 0) + 1);
          counts.set(mark, count);
        }
      }
    }));

  it('never lets a process of one thread handle more than its maximum-requests', () =>
    always((trace, { deployment }) => {
      const groups = groupsOf(trace);
      for (const [process, events] of by(trace, 'process')) {
        const group = deployment.daemons.find(({ name }) => name === groups.get(process as ProcessId));
        if (!group || group.threads > 1 || group.maximumRequests === 0) continue;
        const accepted = events.filter(({ kind }) => kind === 'request.accepted');
        expect(accepted.length).toBeLessThanOrEqual(group.maximumRequests);
      }
    }));
});

/** What an event of a trace is to the machine; null where it is nothing. */
function meaning({ kind }: TraceEvent, state: string): RequestEvent['type'] | null {
  switch (kind) {
    case 'request.accepted':
      return 'ACCEPTED';
    case 'request.replayed':
      return 'REJECTED';
    case 'observation':
      return 'STARTED';
    case 'request.finished':
      // Of a request lost before its response, and of one that nothing answered, the client gets an error.
      return state === 'queued' ? 'REFUSED' : state === 'accepted' ? 'PROCESS_LOST' : 'FINISHED';
    case 'request.failed':
      return 'PROCESS_LOST';
    default:
      return null;
  }
}
