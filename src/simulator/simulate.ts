/** Turns a scenario into the trace that a server keeping every rule leaves, in virtual time. */
import type { WorkerDeployment } from '../../spec/deployment.ts';
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import { closingRequests, type Scenario, type Step } from '../../spec/scenario.ts';
import type { Act, Trace } from '../../spec/trace.ts';
import { assertNever, type RequestId } from '../../spec/vocabulary.ts';
import { ApacheSite } from './apache-site.ts';
import type { Errand } from './journey.ts';
import type { AnyJourney, Site } from './site.ts';
import { type SimulateOptions, Universe } from './universe.ts';
import { WorkerSite } from './workers/worker-site.ts';

/**
 * Starts the server, takes the steps, lets go of what is still held, stops the server.
 *
 * As on real servers, an act on the process of a request that none observed is left out, and a process that is never
 * replaced is waited for with patience and no longer.
 *
 * @throws Error where a step cannot be taken: it names a request that was never sent or sends one twice, or it waits for
 * what can never happen, such as a thread while all are held.
 */
export function simulate(scenario: Scenario, options: SimulateOptions): Trace {
  const site = siteOf(scenario.deployment, options);
  const run = new Run(site, closingRequests(scenario));
  run.start();
  for (const [index, step] of scenario.steps.entries()) run.take(step, `step ${index + 1} (${caption(step)})`);
  run.end();
  return site.universe.recorder.trace;
}

const siteOf = (deployment: ApacheDeployment | WorkerDeployment, options: SimulateOptions): Site =>
  deployment.kind === 'apache'
    ? new ApacheSite(new Universe(deployment, options))
    : new WorkerSite(new Universe<WorkerDeployment>(deployment, options));

class Run {
  readonly #site: Site;
  readonly #universe: Site['universe'];
  readonly #journeys = new Map<RequestId, AnyJourney>();
  readonly #closing: ReadonlySet<RequestId>;

  constructor(site: Site, closing: ReadonlySet<RequestId>) {
    this.#site = site;
    this.#universe = site.universe;
    this.#closing = closing;
  }

  start(): void {
    this.#site.start();
    this.#wait(
      () => this.#site.isRunning || this.#site.isStopped,
      () => 'the server never has all its processes ready',
    );
  }

  take(step: Step, name: string): void {
    switch (step.do) {
      case 'request': {
        const journey = this.#send(step, false, step.behave ?? null, name, step.connection ?? null);
        this.#wait(
          () => journey.isOver,
          () => `${name}: no answer; ${this.#site.whereabouts(journey)}`,
        );
        return;
      }
      case 'hold': {
        const journey = this.#send(step, true, null, name);
        const isInside = (): boolean => journey.observedBy !== null || journey.isOver;
        this.#wait(isInside, () => `${name}: it does not get in; ${this.#site.whereabouts(journey)}`);
        return;
      }
      case 'crowd': {
        const journey = this.#send(step, true, null, name);
        const isDecided = (): boolean =>
          this.#universe.isStalled() || journey.wasQueued || journey.observedBy !== null || journey.isOver;
        this.#wait(isDecided, () => `${name}: it neither waits nor gets in; ${this.#site.whereabouts(journey)}`);
        return;
      }
      case 'await-outcome': {
        const journey = this.#journey(step.request, name);
        this.#pass(step.atMost, () => journey.isOver);
        return;
      }
      case 'rest':
        this.#pass(step.ms, () => false);
        return;
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
      () => this.#site.isSettled,
      () => 'the end: some process never gets ready',
    );
    if (!this.#site.isStopped) this.#site.stop();
    this.#wait(
      () => this.#site.isStopped,
      () => 'the end: the server does not stop',
    );
  }

  #send(
    errand: Pick<Errand, 'request' | 'to'>,
    isHeld: boolean,
    behave: Errand['behave'],
    name: string,
    connection: string | null = null,
  ): AnyJourney {
    const { request, to } = errand;
    if (this.#journeys.has(request)) throw new Error(`${name}: ${request} was sent before`);
    const journey = this.#site.send({ request, to, isHeld, behave, connection, closes: this.#closing.has(request) });
    this.#journeys.set(request, journey);
    return journey;
  }

  #release(journeys: readonly AnyJourney[], name: string): void {
    for (const journey of journeys)
      if (journey.isHeld && !journey.isOver) this.#universe.record({ kind: 'request.released', request: journey.id });
    for (const journey of journeys) journey.release();
    for (const journey of journeys)
      this.#wait(
        () => journey.isOver,
        () => `${name}: ${journey.id} has no answer; ${this.#site.whereabouts(journey)}`,
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
        this.#site.fileChanged(act.script, 'script');
        return;
      }
      case 'touch-module': {
        this.#universe.record({ kind: 'act.performed', act });
        this.#site.fileChanged(act.script, 'module');
        return;
      }
      case 'signal': {
        const journey = this.#journey(act.processOf, name);
        if (!journey.observedBy) return;
        this.#universe.record({ kind: 'act.performed', act });
        this.#site.signalProcess(journey, act.signal);
        return;
      }
      case 'server-signal': {
        const isDone = this.#site.signalServer(act.signal);
        if (isDone) this.#wait(isDone, () => `${name}: the server neither runs again nor stops`);
        this.#universe.record({ kind: 'act.performed', act });
        return;
      }
      default:
        assertNever(act);
    }
  }

  #awaitReplacement(journey: AnyJourney): void {
    this.#universe.clock.runUntil(() => this.#site.isReplaced(journey), this.#site.patience);
  }

  #journey(request: RequestId, name: string): AnyJourney {
    const journey = this.#journeys.get(request);
    if (!journey) throw new Error(`${name}: ${request} was never sent`);
    return journey;
  }

  /** Time passes, also where nothing else is to happen. */
  #pass(ms: number, isEnough: () => boolean): void {
    const { clock } = this.#universe;
    let isOver = false;
    const timer = clock.setTimeout(() => {
      isOver = true;
    }, ms);
    clock.runUntil(() => isOver || isEnough(), ms);
    clock.clearTimeout(timer);
  }

  #wait(holds: () => boolean, otherwise: () => string): void {
    if (this.#universe.clock.runUntil(holds, this.#site.patience)) return;
    throw new Error(`cannot be simulated: ${otherwise()}`);
  }
}

const damageBy = { break: 'raises', ruin: 'exits', stall: 'stalls', mend: null } as const;

function caption(step: Step): string {
  switch (step.do) {
    case 'request':
    case 'hold':
    case 'crowd':
    case 'await-outcome':
      return `${step.do} ${step.request}`;
    case 'release':
      return `release ${step.requests.join(' ')}`;
    case 'rest':
      return `rest for ${step.ms} ms`;
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
