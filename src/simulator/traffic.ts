/**
 * How requests travel: to a thread of an Apache child, from there into the application or on to a daemon process, and
 * back. Sources: mod_wsgi 4.9.4, wsgi_execute_remote, wsgi_daemon_worker, wsgi_execute_script; rules DISP-*, MPM-LIMIT-*.
 */
import { maxChildren, processCount } from '../../spec/deployments/apache.ts';
import { GroupSocket } from '../../spec/dispatch/group-socket.ts';
import type { Program } from '../../spec/programs.ts';
import type { RoutedMount } from '../../spec/routing/route.ts';
import { methodOf } from '../../spec/scenario.ts';
import { keepAliveOf } from '../../spec/serving/keep-alive.ts';
import type { Behaviour } from '../../spec/trace.ts';
import { assertNever, type ProcessGroupName, type ProcessId } from '../../spec/vocabulary.ts';
import type { Place } from './decisions.ts';
import { type Errand, Journey, type Seat } from './journey.ts';
import { ModuleLock } from './module-lock.ts';
import { SimulatedProbe } from './simulated-probe.ts';
import { durations, type Universe } from './universe.ts';
import type { ProcessListener, VirtualProcess } from './virtual-process.ts';

/** A connection that is kept for further requests. */
interface Kept {
  readonly process: VirtualProcess;
  /** Null where it keeps none. */
  readonly thread: number | null;
  /** Calls off its end. */
  readonly callOff: () => void;
}

export class Traffic implements ProcessListener {
  readonly #universe: Universe;
  readonly #processes: ReadonlyMap<ProcessId, VirtualProcess>;
  readonly #probe: SimulatedProbe;
  readonly #sockets = new Map<ProcessGroupName, GroupSocket<Journey>>();
  /** The serial of the process that was served last, by group. */
  readonly #last = new Map<ProcessGroupName, number>();
  #turns = 0;
  /** Those without an outcome. */
  readonly #underWay = new Set<Journey>();

  /** Idle connections, by name. */
  readonly #kept = new Map<string, Kept>();
  /** Names of connections that there have been. */
  readonly #named = new Set<string>();
  /** Requests on connections whose child has no thread free. */
  readonly #bound: [Journey, VirtualProcess][] = [];
  #isListening = false;

  constructor(universe: Universe, processes: ReadonlyMap<ProcessId, VirtualProcess>) {
    this.#universe = universe;
    this.#processes = processes;
    this.#probe = new SimulatedProbe(universe.deployment, universe.decisions);
  }

  /** A client sends a request. */
  send(errand: Errand): Journey {
    const { deployment, decisions, clock, routing } = this.#universe;
    const { request, to, behave, connection } = errand;
    const method = methodOf(behave);
    const asked = { ...(behave && { behave }), ...(connection !== null && { connection }) };
    this.#universe.record({ kind: 'request.sent', request, to, method, ...asked });
    const route = decisions.routeOf(deployment, to, routing);
    const mount = route.kind === 'application' ? route.mount : null;
    const group = deployment.daemons.find((daemon) => daemon.name === mount?.processGroup);
    const replays = decisions.replays(group ? processCount(group) : maxChildren(deployment.children));
    const journey = new Journey(errand, route, replays, clock.now(), (happening) => this.#universe.record(happening));
    if (!this.#isListening) {
      journey.tell('REFUSED');
      journey.fail('ECONNREFUSED');
      return journey;
    }
    this.#underWay.add(journey);
    const kept = connection === null ? undefined : this.#takeKept(connection);
    if (connection !== null) {
      journey.isReconnected = !kept && this.#named.has(connection);
      this.#named.add(connection);
    }
    if (!kept) this.#submit(journey, '');
    else if (kept.thread !== null) this.#arriveAtChild(journey, { process: kept.process, thread: kept.thread });
    else this.#enterKept(journey, kept.process);
    return journey;
  }

  onListening(isOpen: boolean): void {
    this.#isListening = isOpen;
  }

  /**
   * Clients are left without an answer. Threads of daemon processes run on, and those of the children wait for them; what
   * no daemon process has taken yet is dropped. Sources: rules RELOAD-APACHE-04, RELOAD-APACHE-05.
   */
  onConnectionsClosed(): void {
    const { decisions, deployment } = this.#universe;
    for (const journey of [...this.#underWay]) {
      const { carrier } = journey;
      if (carrier === null || !decisions.closesConnections(carrier.process, deployment.server.mpm)) continue;
      journey.tell('CONNECTION_CLOSED');
      journey.fail('connection-closed');
      if (journey.server === null) this.#over(journey);
    }
  }

  onVacancy(process: VirtualProcess): void {
    const bound = this.#bound.find(([, child]) => child === process);
    if (bound && process.hasFreeThread) {
      this.#bound.splice(this.#bound.indexOf(bound), 1);
      this.#enterKept(...bound);
    }
    this.#serveQueue(process.processGroup);
  }

  onStopping(process: VirtualProcess): void {
    for (const [name, kept] of this.#kept) if (kept.process === process) this.#close(name);
  }

  /** Requests inside the process are lost, and those whose connection it carries; no other. Source: rule LIFE-EXIT-01. */
  onEnd(process: VirtualProcess): void {
    const { decisions, deployment } = this.#universe;
    const ended = { process: process.id, processGroup: process.processGroup };
    for (const journey of [...this.#underWay]) {
      const { server, carrier } = journey;
      const processGroup = groupOf(journey);
      if (carrier?.process === process) journey.carrier = null;
      else if (!decisions.isLost({ process: server?.process.id ?? null, processGroup }, ended)) continue;
      journey.tell('PROCESS_LOST');
      const status = decisions.answerToLost(process.kind, deployment.server.modWsgi);
      if (status === null) journey.fail('process-lost');
      else journey.finish(status);
      this.#over(journey);
    }
    // Another child may have shared its slot.
    this.#serveQueue(process.processGroup);
  }

  #submit(journey: Journey, processGroup: ProcessGroupName): void {
    const process = this.#choose(processGroup);
    if (process) this.#enter(journey, process);
    else this.#socketOf(processGroup).enter(journey);
  }

  #serveQueue(processGroup: ProcessGroupName): void {
    const socket = this.#socketOf(processGroup);
    while (socket.first) {
      const process = this.#choose(processGroup);
      if (!process) return;
      const journey = socket.take();
      if (journey && (!journey.isOver || journey.isTimedOut)) this.#enter(journey, process);
    }
  }

  /** The children take what comes from one queue of the kernel, whose bound is left out here. */
  #socketOf(processGroup: ProcessGroupName): GroupSocket<Journey> {
    const known = this.#sockets.get(processGroup);
    if (known) return known;
    const { deployment, decisions, clock } = this.#universe;
    const group = deployment.daemons.find((daemon) => daemon.name === processGroup);
    const terms = {
      depth: group ? decisions.queueDepth(group.listenBacklog) : Number.POSITIVE_INFINITY,
      connectTimeout: group ? decisions.connectTimeout(group.connectTimeout) : 0,
    };
    const socket = new GroupSocket<Journey>(terms, clock, {
      onQueued: (journey) => {
        journey.wasQueued = true;
        if (!journey.isOver) this.#universe.record({ kind: 'request.queued', request: journey.id, processGroup });
        this.#serveQueue(processGroup);
      },
      onTurnedAway: (journey) => {
        if (journey.isOver) return;
        journey.tell('REFUSED');
        this.#answer(journey, 503);
      },
    });
    this.#sockets.set(processGroup, socket);
    return socket;
  }

  #choose(processGroup: ProcessGroupName): VirtualProcess | null {
    const { decisions, chance } = this.#universe;
    const candidates = [...this.#processes.values()].filter((p) => p.processGroup === processGroup && p.takesRequests);
    const last = this.#last.get(processGroup) ?? 0;
    const chosen = decisions.chooses(candidates, { chance, last, request: driver });
    if (chosen === null) return null;
    chosen.lastTurn = ++this.#turns;
    this.#last.set(processGroup, chosen.serial);
    return chosen;
  }

  #enter(journey: Journey, process: VirtualProcess): void {
    const seat: Seat = { process, thread: process.take() };
    if (process.kind === 'child') this.#arriveAtChild(journey, seat);
    else this.#arriveAtDaemon(journey, seat);
  }

  #arriveAtChild(journey: Journey, seat: Seat): void {
    const { decisions } = this.#universe;
    const { route } = journey;
    journey.carrier = seat;
    journey.readAt = this.#universe.clock.now();
    switch (route.kind) {
      case 'unmapped':
      case 'refused': {
        const status = route.kind === 'refused' ? route.status : 404;
        journey.tell('REFUSED');
        seat.process.after(this.#universe.takes(durations.answer), () => this.#answer(journey, status));
        return;
      }
      case 'application': {
        const { mount } = route;
        if (mount.processGroup === '') {
          this.#serve(journey, seat, mount);
          return;
        }
        const former = seat.process.isFormer ? decisions.answerToFormerChild(this.#universe.deployment) : null;
        if (former !== null) {
          journey.tell('REFUSED');
          seat.process.after(this.#universe.takes(durations.answer), () => this.#answer(journey, former));
          return;
        }
        if (!decisions.occupiesChild(mount.processGroup)) this.#hangUp(journey);
        this.#awaitDaemon(journey);
        this.#submit(journey, mount.processGroup);
        return;
      }
      default:
        assertNever(route);
    }
  }

  /** The child waits for a sign of life; the thread does not learn that it gave up. Source: rule DISP-PROXY-02. */
  #awaitDaemon(journey: Journey): void {
    const { deployment, decisions, clock } = this.#universe;
    const group = deployment.daemons.find(({ name }) => name === groupOf(journey));
    if (!group) return;
    journey.callOff();
    const timer = clock.setTimeout(
      () => {
        journey.finish(504);
        journey.isTimedOut = true;
        this.#over(journey);
      },
      decisions.daemonSilence(group, deployment.limits),
    );
    journey.callOff = () => clock.clearTimeout(timer);
  }

  /** The time in the queue is looked at only now that it is over. Sources: rules DISP-QUEUE-01, DISP-QUEUE-02. */
  #arriveAtDaemon(journey: Journey, seat: Seat): void {
    const { deployment, clock, decisions } = this.#universe;
    if (journey.route.kind !== 'application') return;
    const { mount } = journey.route;
    const group = deployment.daemons.find((daemon) => daemon.name === mount.processGroup);
    if (!decisions.isTooLate(clock.now() - journey.readAt, group?.queueTimeout ?? 0)) {
      this.#serve(journey, seat, mount);
      return;
    }
    journey.server = seat;
    if (!journey.isOver)
      this.#universe.record({ kind: 'request.accepted', request: journey.id, process: seat.process.id });
    journey.tell('TIMED_OUT');
    seat.process.after(this.#universe.takes(durations.answer), () => this.#answer(journey, 504));
  }

  /** The request comes to its script: the interpreter and the code are made ready for it. */
  #serve(journey: Journey, seat: Seat, mount: RoutedMount): void {
    const { decisions } = this.#universe;
    const { process, thread } = seat;
    const { applicationGroup, script } = mount;
    journey.server = seat;
    journey.tell('ACCEPTED');
    journey.lastIn = process;
    if (!journey.isOver) this.#universe.record({ kind: 'request.accepted', request: journey.id, process: process.id });
    // Taken by a thread that then waits for Python's global lock.
    if (process.isStuck) return;
    const place = (loading: number): Place => ({
      process: process.id,
      processGroup: process.processGroup,
      applicationGroup,
      script,
      loading,
      thread,
      request: journey.id,
    });
    process.interpreter(applicationGroup).need(() => {
      process.scriptNeeded();
      const lock = decisions.locksImports() ? process.moduleLock : new ModuleLock();
      lock.acquire((leave) =>
        process.application(applicationGroup, script).reach(mount.scriptReloading, {
          onCode: (loading) => {
            process.scriptFound();
            if (decisions.looksUp(mount) !== mount.callable) {
              leave();
              // Source: rule CONF-CALL-01.
              this.#answer(journey, process.kind === 'child' ? 404 : 500);
              return;
            }
            this.#run(journey, seat, place(loading), mount);
            leave();
          },
          onOldCode: (loading) => {
            this.#refuse(journey, seat, place(loading), mount);
            leave();
          },
          onFailure: () => {
            leave();
            process.after(this.#universe.takes(durations.answer), () => this.#answer(journey, 500));
          },
        }),
      );
    });
  }

  #run(journey: Journey, { process, thread }: Seat, place: Place, mount: RoutedMount): void {
    const { decisions } = this.#universe;
    journey.tell('STARTED');
    if (process.kind === 'daemon' && mount.scriptReloading && !journey.isOver) this.#awaitDaemon(journey);
    const behaviour = (journey.errand.behave && decisions.obeys(journey.errand.behave)) ?? null;
    const seen = this.#probe.enter(place, mount, process.pid, process.mark, behaviour, journey.replays);
    if (!journey.isOver) this.#universe.record({ kind: 'observation', request: journey.id, seen });
    journey.observedBy = process;
    if (behaviour?.kind === 'exit') process.end({ kind: 'returned', code: behaviour.code });
    if (behaviour?.kind === 'signal-self') process.signal(behaviour.signal);
    if (behaviour?.kind === 'hold-gil') process.holdLock();
    if (behaviour?.kind === 'register-exit-handlers')
      process.register(journey.id, place.applicationGroup, behaviour.withThread === true);
    if (process.isGone) return;
    const answer = (): void => {
      process.after(this.#universe.takes(durations.application), () => {
        this.#probe.leave(place);
        // Source: mod_wsgi 6.0.5, Adapter_run.
        if (process.isInterrupted(thread)) this.#answer(journey, 504);
        else if (behaviour?.kind === 'perform') this.#perform(journey, behaviour.program);
        else if (this.#fits(behaviour, mount)) this.#answer(journey, 200, true);
        else this.#answer(journey, 500);
      });
    };
    if (behaviour?.kind === 'burn-cpu') process.burn(answer);
    else if (behaviour?.kind === 'run-on') process.runOn(thread, behaviour.atMost, answer);
    else journey.whenReleased(answer);
  }

  #perform(journey: Journey, program: Program): void {
    journey.tell('FINISHED');
    journey.perform(this.#universe.decisions.performs(program));
    this.#leaveServer(journey);
    this.#over(journey);
  }

  /** Whether the child can read the headers of the answer. Source: rule DISP-PROXY-03. */
  #fits(behaviour: Behaviour | null, { processGroup }: RoutedMount): boolean {
    const { deployment, decisions } = this.#universe;
    const group = deployment.daemons.find(({ name }) => name === processGroup);
    if (behaviour?.kind !== 'long-header' || !group) return true;
    return behaviour.length <= decisions.longestHeaderLine(group, deployment.server.modWsgi);
  }

  /** The process goes because its code is old, and this request found that out. Source: rule RELOAD-DAEMON-03. */
  #refuse(journey: Journey, seat: Seat, place: Place, mount: RoutedMount): void {
    const refusal = this.#universe.decisions.onRefusal();
    switch (refusal) {
      case 'serve-with-old-code':
        this.#run(journey, seat, place, mount);
        return;
      case 'answer-500':
        this.#answer(journey, 500);
        return;
      case 'send-again': {
        if (!journey.rejected()) {
          this.#answer(journey, 503);
          return;
        }
        if (!journey.isOver)
          this.#universe.record({ kind: 'request.replayed', request: journey.id, process: seat.process.id });
        journey.replays++;
        this.#leaveServer(journey);
        this.#submit(journey, groupOf(journey));
        return;
      }
      default:
        assertNever(refusal);
    }
  }

  /** The client gets its answer, and every thread the request kept is free. */
  #answer(journey: Journey, status: number, isOwn = false): void {
    journey.tell('FINISHED');
    journey.finish(status, isOwn);
    this.#leaveServer(journey);
    this.#over(journey);
  }

  #over(journey: Journey): void {
    journey.callOff();
    this.#underWay.delete(journey);
    this.#hangUp(journey);
  }

  #leaveServer(journey: Journey): void {
    const { server, carrier } = journey;
    journey.server = null;
    if (server && server.process !== carrier?.process) server.process.release(server.thread);
    else if (server) this.#hangUp(journey);
  }

  #hangUp(journey: Journey): void {
    const { carrier } = journey;
    journey.carrier = null;
    if (!carrier || carrier.process.isGone) return;
    const { connection, closes } = journey.errand;
    const { process, thread } = carrier;
    const keepAlive = keepAliveOf(this.#universe.deployment);
    const isKept =
      connection !== null && !closes && process.keepsConnections && keepAlive.isOn && keepAlive.timeout > 0;
    if (!isKept) {
      process.release(thread);
      return;
    }
    const keepsThread = this.#universe.decisions.keepsThreadWhileIdle(this.#universe.deployment.server.mpm);
    const callOff = process.after(keepAlive.timeout, () => this.#close(connection));
    this.#kept.set(connection, { process, thread: keepsThread ? thread : null, callOff });
    if (!keepsThread) process.release(thread);
  }

  /** The connection of that name, if its child still has it; it is in use from now on. */
  #takeKept(name: string): Kept | undefined {
    const kept = this.#kept.get(name);
    this.#kept.delete(name);
    kept?.callOff();
    if (!kept || kept.process.isGone) return undefined;
    // Event closes what is idle as soon as the child is to go; elsewhere it may carry one more request.
    return kept.thread === null && !kept.process.keepsConnections ? undefined : kept;
  }

  #enterKept(journey: Journey, process: VirtualProcess): void {
    if (process.hasFreeThread)
      this.#arriveAtChild(journey, { process, thread: process.take(this.#universe.decisions.countsKeptConnections()) });
    else {
      journey.wasQueued = true;
      this.#bound.push([journey, process]);
      this.#universe.record({ kind: 'request.queued', request: journey.id, processGroup: '' });
    }
  }

  /** An idle connection is over. */
  #close(name: string): void {
    const kept = this.#takeKept(name);
    if (kept && kept.thread !== null) kept.process.release(kept.thread);
  }
}

/** Everything is asked by one client. */
const driver = { client: '127.0.0.1' };

/** The group whose process is to answer. */
const groupOf = ({ route }: Journey): ProcessGroupName =>
  route.kind === 'application' ? route.mount.processGroup : '';
