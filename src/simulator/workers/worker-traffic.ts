/**
 * How requests come to workers: from one queue of the kernel, from which whichever worker has a thread free takes the
 * next. Sources: gunicorn, workers/sync.py and gthread.py, accept; uWSGI, core/loop.c, simple_loop_run; rule DISP-POOL-01.
 */
import type { WorkerDeployment } from '../../../spec/deployment.ts';
import type { Program } from '../../../spec/programs.ts';
import type { WorkerRoute } from '../../../spec/routing/worker-route.ts';
import { methodOf } from '../../../spec/scenario.ts';
import type { ProcessId } from '../../../spec/vocabulary.ts';
import type { Place } from '../decisions.ts';
import { type Errand, Journey, type Seat } from '../journey.ts';
import { durations, type Universe } from '../universe.ts';
import { WorkerProbe } from './worker-probe.ts';
import type { WorkerListener, WorkerProcess } from './worker-process.ts';

export type WorkerJourney = Journey<WorkerRoute, WorkerProcess>;

/** An idle connection that a worker keeps. */
interface Kept {
  readonly process: WorkerProcess;
  readonly callOff: () => void;
}

export class WorkerTraffic implements WorkerListener {
  readonly #universe: Universe<WorkerDeployment>;
  readonly #processes: ReadonlyMap<ProcessId, WorkerProcess>;
  readonly #probe: WorkerProbe;
  readonly #queue: WorkerJourney[] = [];
  /** Requests on connections whose worker has no thread free. */
  readonly #bound: [WorkerJourney, WorkerProcess][] = [];
  readonly #underWay = new Set<WorkerJourney>();
  readonly #kept = new Map<string, Kept>();
  #turns = 0;
  #last = 0;
  #isListening = false;

  constructor(universe: Universe<WorkerDeployment>, processes: ReadonlyMap<ProcessId, WorkerProcess>) {
    this.#universe = universe;
    this.#processes = processes;
    this.#probe = new WorkerProbe(universe.deployment, universe.decisions);
  }

  /** A client sends a request. */
  send(errand: Errand): WorkerJourney {
    const { deployment, decisions, clock } = this.#universe;
    const { request, to, behave, connection } = errand;
    const method = methodOf(behave);
    const asked = { ...(behave && { behave }), ...(connection !== null && { connection }) };
    this.#universe.record({ kind: 'request.sent', request, to, method, ...asked });
    const route = decisions.workerRouteOf(deployment, to.path);
    const journey: WorkerJourney = new Journey(errand, route, 0, clock.now(), (happening) =>
      this.#universe.record(happening),
    );
    if (!this.#isListening) {
      journey.tell('REFUSED');
      journey.fail('ECONNREFUSED');
      return journey;
    }
    this.#underWay.add(journey);
    const kept = connection === null ? undefined : this.#takeKept(connection);
    if (!kept) this.#submit(journey);
    else if (kept.process.hasFreeThread) this.#enter(journey, kept.process);
    else {
      this.#bound.push([journey, kept.process]);
      this.#wait(journey);
    }
    return journey;
  }

  /** The server takes connections from now on, or takes none any more. */
  onListening(isOpen: boolean): void {
    this.#isListening = isOpen;
  }

  /** Nobody is left who could take what waits. */
  onOver(): void {
    for (const journey of this.#queue.splice(0)) this.#lose(journey, 'ECONNRESET');
  }

  onVacancy(process: WorkerProcess): void {
    const bound = this.#bound.find(([, worker]) => worker === process);
    if (bound && process.hasFreeThread) {
      this.#bound.splice(this.#bound.indexOf(bound), 1);
      this.#enter(...bound);
    }
    while (this.#queue.length > 0) {
      const chosen = this.#choose();
      const journey = chosen && this.#queue.shift();
      if (!journey) return;
      this.#enter(journey, chosen);
    }
  }

  onStopping(process: WorkerProcess): void {
    for (const [name, kept] of this.#kept) if (kept.process === process) this.#takeKept(name);
  }

  /** Requests inside the process are lost, and no other. */
  onEnd(process: WorkerProcess): void {
    const { decisions, deployment } = this.#universe;
    const ended = { process: process.id, processGroup: '' };
    for (const [journey] of this.#bound.filter(([, worker]) => worker === process)) this.#lose(journey, 'process-lost');
    this.#bound.splice(0, this.#bound.length, ...this.#bound.filter(([, worker]) => worker !== process));
    for (const journey of [...this.#underWay]) {
      const { server } = journey;
      if (!decisions.isLost({ process: server?.process.id ?? null, processGroup: '' }, ended)) continue;
      const status = decisions.answerToLostWorker(deployment);
      if (status === null) this.#lose(journey, 'process-lost');
      else {
        journey.tell('PROCESS_LOST');
        journey.finish(status);
        this.#underWay.delete(journey);
      }
    }
  }

  #lose(journey: WorkerJourney, reason: string): void {
    journey.tell('PROCESS_LOST');
    journey.fail(reason);
    this.#underWay.delete(journey);
  }

  #submit(journey: WorkerJourney): void {
    const process = this.#choose();
    if (process) {
      this.#enter(journey, process);
      return;
    }
    this.#queue.push(journey);
    this.#wait(journey);
  }

  #wait(journey: WorkerJourney): void {
    journey.wasQueued = true;
    this.#universe.record({ kind: 'request.queued', request: journey.id, processGroup: '' });
  }

  #choose(): WorkerProcess | null {
    const { decisions, chance } = this.#universe;
    const candidates = [...this.#processes.values()].filter((process) => process.takesRequests);
    const chosen = decisions.chooses(candidates, { chance, last: this.#last, request: driver });
    if (chosen === null) return null;
    chosen.lastTurn = ++this.#turns;
    this.#last = chosen.serial;
    return chosen;
  }

  #enter(journey: WorkerJourney, process: WorkerProcess): void {
    const seat: Seat<WorkerProcess> = { process, thread: process.take() };
    journey.server = seat;
    journey.lastIn = process;
    journey.tell('ACCEPTED');
    this.#universe.record({ kind: 'request.accepted', request: journey.id, process: process.id });
    // Taken by a thread that then waits for Python's global lock.
    if (process.isStuck || process.isGone) return;
    const { route } = journey;
    if (route.kind === 'refused')
      process.after(this.#universe.takes(durations.answer), () => this.#answer(journey, route.status));
    else if (!process.has(route.application))
      process.after(this.#universe.takes(durations.answer), () => this.#answer(journey, 500));
    else this.#run(journey, seat, route);
  }

  #run(
    journey: WorkerJourney,
    { process, thread }: Seat<WorkerProcess>,
    route: Extract<WorkerRoute, { kind: 'application' }>,
  ): void {
    const { decisions } = this.#universe;
    const { applicationGroup, application } = route;
    const place: Place = {
      process: process.id,
      processGroup: '',
      applicationGroup,
      script: application.script,
      loading: 1,
      thread,
      request: journey.id,
    };
    journey.tell('STARTED');
    const behaviour = (journey.errand.behave && decisions.obeys(journey.errand.behave)) ?? null;
    const seen = this.#probe.enter(place, route, process, behaviour);
    this.#universe.record({ kind: 'observation', request: journey.id, seen });
    journey.observedBy = process;
    if (behaviour?.kind === 'exit') process.end({ kind: 'returned', code: behaviour.code });
    if (behaviour?.kind === 'signal-self') process.signal(behaviour.signal);
    if (behaviour?.kind === 'hold-gil') process.holdLock();
    if (behaviour?.kind === 'register-exit-handlers') process.register(journey.id, applicationGroup);
    if (process.isGone) return;
    journey.whenReleased(() =>
      process.after(this.#universe.takes(durations.application), () => {
        this.#probe.leave(place);
        if (behaviour?.kind === 'perform') this.#perform(journey, behaviour.program);
        else this.#answer(journey, 200, true);
      }),
    );
  }

  /** @param isOwn - Whether the answer is its application's. */
  #answer(journey: WorkerJourney, status: number, isOwn = false): void {
    journey.tell('FINISHED');
    journey.finish(status, isOwn);
    this.#leave(journey);
  }

  #perform(journey: WorkerJourney, program: Program): void {
    journey.tell('FINISHED');
    journey.perform(this.#universe.decisions.performs(program));
    this.#leave(journey);
  }

  #leave(journey: WorkerJourney): void {
    const { server } = journey;
    this.#underWay.delete(journey);
    journey.server = null;
    if (!server || server.process.isGone) return;
    this.#keep(journey, server.process);
    server.process.release(server.thread);
  }

  /** Sync workers and uWSGI close every connection; the others keep it for a while, without a thread. */
  #keep({ errand }: WorkerJourney, process: WorkerProcess): void {
    const { deployment } = this.#universe;
    const { connection, closes } = errand;
    const keeps = deployment.kind === 'gunicorn' && deployment.workerClass !== 'sync' && deployment.keepAlive > 0;
    if (!keeps || connection === null || closes || !process.keepsConnections) return;
    const callOff = process.after(deployment.keepAlive, () => this.#kept.delete(connection));
    this.#kept.set(connection, { process, callOff });
  }

  /** The connection of that name, if its worker still has it; it is in use from now on. */
  #takeKept(name: string): Kept | undefined {
    const kept = this.#kept.get(name);
    this.#kept.delete(name);
    kept?.callOff();
    return kept?.process.keepsConnections ? kept : undefined;
  }
}

/** Everything is asked by one client. */
const driver = { client: '127.0.0.1' };
