/** Turns a scenario into the trace that a server keeping every rule leaves, in virtual time. */
import { type ApacheDeployment, processCount } from '../../spec/deployments/apache.ts';
import { type ApacheScenario, closingRequests, type Step } from '../../spec/scenario.ts';
import { type Act, type ApacheSignal, apacheSignal, type Trace } from '../../spec/trace.ts';
import { assertNever, type RequestId } from '../../spec/vocabulary.ts';
import type { Errand, Journey } from './journey.ts';
import { Supervision } from './supervision.ts';
import { Traffic } from './traffic.ts';
import { type SimulateOptions, Universe } from './universe.ts';

/**
 * Starts the server, takes the steps, lets go of what is still held, stops the server.
 *
 * As on real servers, an act on the process of a request that none observed is left out, and a process that is never
 * replaced is waited for with patience and no longer.
 *
 * @throws Error where a step cannot be taken: it names a request that was never sent or sends one twice, or it waits for
 * what can never happen, such as a thread while all are held.
 */
export function simulate(scenario: ApacheScenario, options: SimulateOptions): Trace {
  const universe = new Universe(scenario.deployment, options);
  const run = new Run(universe, closingRequests(scenario));
  run.start();
  for (const [index, step] of scenario.steps.entries()) run.take(step, `step ${index + 1} (${caption(step)})`);
  run.end();
  return universe.recorder.trace;
}

class Run {
  readonly #universe: Universe;
  readonly #supervision: Supervision;
  readonly #traffic: Traffic;
  readonly #journeys = new Map<RequestId, Journey>();
  readonly #patience: number;
  readonly #closing: ReadonlySet<RequestId>;

  constructor(universe: Universe, closing: ReadonlySet<RequestId>) {
    this.#universe = universe;
    this.#closing = closing;
    let traffic: Traffic | undefined;
    this.#supervision = new Supervision(universe, (processes) => {
      traffic = new Traffic(universe, processes);
      return traffic;
    });
    if (!traffic) throw new Error('the supervision has no traffic');
    this.#traffic = traffic;
    this.#patience = patienceFor(universe.deployment);
  }

  start(): void {
    this.#supervision.server.start();
    this.#wait(
      () => this.#supervision.isRunning,
      () => 'the server never has all its processes ready',
    );
  }

  take(step: Step, name: string): void {
    switch (step.do) {
      case 'request': {
        const journey = this.#send(step, false, step.behave ?? null, name, step.connection ?? null);
        this.#wait(
          () => journey.isOver,
          () => `${name}: no answer; ${this.#whereabouts(journey)}`,
        );
        return;
      }
      case 'hold': {
        const journey = this.#send(step, true, null, name);
        const isInside = (): boolean => journey.observedBy !== null || journey.isOver;
        this.#wait(isInside, () => `${name}: it does not get in; ${this.#whereabouts(journey)}`);
        return;
      }
      case 'crowd': {
        const journey = this.#send(step, true, null, name);
        const isDecided = (): boolean =>
          this.#universe.isStalled() || journey.wasQueued || journey.observedBy !== null || journey.isOver;
        this.#wait(isDecided, () => `${name}: it neither waits nor gets in; ${this.#whereabouts(journey)}`);
        return;
      }
      case 'await-outcome': {
        const journey = this.#journey(step.request, name);
        let isOver = false;
        const timer = this.#universe.clock.setTimeout(() => {
          isOver = true;
        }, step.atMost);
        this.#universe.clock.runUntil(() => isOver || journey.isOver, step.atMost);
        this.#universe.clock.clearTimeout(timer);
        return;
      }
      case 'await-import':
        this.#universe.clock.runUntil(() => this.#universe.isStalled(step.script), step.atMost);
        return;
      case 'release': {
        const journeys = step.requests.map((request) => this.#journey(request, name));
        this.#release(journeys, name);
        return;
      }
      case 'act':
        this.#act(step.act, name);
        return;
      case 'await-replacement':
        this.#awaitReplacement(this.#journey(step.processOf, name));
        return;
      default:
        assertNever(step);
    }
  }

  end(): void {
    this.#release([...this.#journeys.values()], 'the end');
    this.#wait(
      () => this.#supervision.isSettled,
      () => 'the end: some process never gets ready',
    );
    if (!this.#supervision.isStopped) this.#supervision.server.send({ type: 'STOP' });
    this.#wait(
      () => this.#supervision.isStopped,
      () => 'the end: the server does not stop',
    );
  }

  #send(
    errand: Pick<Errand, 'request' | 'to'>,
    isHeld: boolean,
    behave: Errand['behave'],
    name: string,
    connection: string | null = null,
  ): Journey {
    const { request, to } = errand;
    if (this.#journeys.has(request)) throw new Error(`${name}: ${request} was sent before`);
    const journey = this.#traffic.send({ request, to, isHeld, behave, connection, closes: this.#closing.has(request) });
    this.#journeys.set(request, journey);
    return journey;
  }

  #release(journeys: readonly Journey[], name: string): void {
    for (const journey of journeys)
      if (journey.isHeld && !journey.isOver) this.#universe.record({ kind: 'request.released', request: journey.id });
    for (const journey of journeys) journey.release();
    for (const journey of journeys)
      this.#wait(
        () => journey.isOver,
        () => `${name}: ${journey.id} has no answer; ${this.#whereabouts(journey)}`,
      );
  }

  #act(act: Act, name: string): void {
    switch (act.kind) {
      case 'touch':
      case 'break':
      case 'ruin':
      case 'mend':
      case 'stall': {
        if (act.kind === 'touch') this.#universe.touch(act.script);
        this.#universe.record({ kind: 'act.performed', act });
        if (act.kind !== 'touch') this.#universe.rewrite(act.script, damageBy[act.kind]);
        for (const process of [...this.#supervision.processes])
          if (this.#universe.decisions.onTouch(process.kind) === 'replace-at-once') process.scriptChanged();
        return;
      }
      case 'touch-module': {
        this.#universe.record({ kind: 'act.performed', act });
        for (const process of [...this.#supervision.processes])
          if (this.#universe.decisions.onModuleChange(process.kind) === 'replace-process') process.scriptChanged();
        return;
      }
      case 'signal': {
        const process = this.#journey(act.processOf, name).observedBy;
        if (!process) return;
        this.#universe.record({ kind: 'act.performed', act });
        if (!process.isGone) process.signal(act.signal);
        return;
      }
      case 'server-signal': {
        const { server } = this.#supervision;
        server.send({ type: serverEvents[apacheSignal(act.signal)] });
        const restarts = act.signal === 'SIGUSR1' || act.signal === 'SIGHUP';
        if (act.signal !== 'SIGWINCH')
          this.#wait(
            () => this.#supervision.isStopped || (restarts && this.#supervision.isRunning),
            () => `${name}: the server does not ${restarts ? 'run again' : 'stop'}`,
          );
        this.#universe.record({ kind: 'act.performed', act });
        return;
      }
      default:
        assertNever(act);
    }
  }

  #awaitReplacement({ lastIn }: Journey): void {
    if (!lastIn) return;
    const group = this.#universe.deployment.daemons.find((daemon) => daemon.name === lastIn.processGroup);
    const wanted = group ? processCount(group) : 0;
    const isReplaced = (): boolean => lastIn.isGone && this.#supervision.serving(lastIn.processGroup) >= wanted;
    this.#universe.clock.runUntil(isReplaced, this.#patience);
  }

  #journey(request: RequestId, name: string): Journey {
    const journey = this.#journeys.get(request);
    if (!journey) throw new Error(`${name}: ${request} was never sent`);
    return journey;
  }

  #wait(holds: () => boolean, otherwise: () => string): void {
    if (this.#universe.clock.runUntil(holds, this.#patience)) return;
    throw new Error(`cannot be simulated: ${otherwise()}`);
  }

  #whereabouts({ id, server, carrier, observedBy }: Journey): string {
    if (observedBy) return `${id} is held in ${observedBy.id}`;
    if (server) return `${id} is in ${server.process.id}`;
    if (carrier) return `${id} waits for a thread of its process group`;
    return `${id} waits for a thread of the Apache children`;
  }
}

const damageBy = { break: 'raises', ruin: 'exits', stall: 'stalls', mend: null } as const;

const serverEvents = {
  SIGTERM: 'STOP',
  SIGWINCH: 'GRACEFUL_STOP',
  SIGUSR1: 'GRACEFUL_RESTART',
  SIGHUP: 'RESTART',
} as const satisfies Record<ApacheSignal, string>;

/** How long to wait for anything, in ms: longer than all that a configuration can ask a server to wait. */
function patienceFor({ children, daemons }: ApacheDeployment): number {
  const longest = daemons.map(
    (group) =>
      group.restartInterval +
      group.inactivityTimeout +
      group.startupTimeout +
      group.deadlockTimeout +
      group.cpuTimeLimit +
      group.requestTimeout * (group.threads + 1) +
      group.gracefulTimeout +
      group.evictionTimeout +
      group.shutdownTimeout +
      group.connectTimeout,
  );
  return 60_000 + children.gracefulShutdownTimeout + longest.reduce((sum, one) => sum + one, 0);
}

function caption(step: Step): string {
  switch (step.do) {
    case 'request':
    case 'hold':
    case 'crowd':
    case 'await-outcome':
      return `${step.do} ${step.request}`;
    case 'release':
      return `release ${step.requests.join(' ')}`;
    case 'await-import':
      return `await-import of ${step.script}`;
    case 'act':
      return step.act.kind === 'server-signal' ? `${step.act.signal} to the server` : step.act.kind;
    case 'await-replacement':
      return `await-replacement of the process of ${step.processOf}`;
    default:
      return assertNever(step);
  }
}
