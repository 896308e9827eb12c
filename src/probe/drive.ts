/**
 * Takes the steps of a scenario on a running server, one after the other, and records what the client and the probe see
 * of it. What only the server can see it records itself, into the same recorder.
 */

import { Agent } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { type Behaviour, closingRequests, methodOf, type Scenario, type Step } from '../../spec/scenario.ts';
import { type Address, eventsOf, type Observation } from '../../spec/trace.ts';
import type { TraceRecorder } from '../../spec/trace-recorder.ts';
import { assertNever, type RequestId } from '../../spec/vocabulary.ts';
import { type Exchange, type Outcome, sendRequest } from './exchange.ts';
import { Gate } from './gate.ts';
import { type Farewell, type Report, readReport, type Told } from './observation.ts';
import { orAborted } from './or-aborted.ts';
import { Performance } from './performance.ts';
import { requestIdHeader, type Serving, type Target } from './target.ts';

/**
 * Drives a server through a scenario.
 *
 * A step whose condition never arose is left out, not failed: a signal to the process of a request that no application
 * answered has no addressee. What is then missing from the trace tells the rules.
 *
 * @param signal - Ends the run early; it is the only deadline there is.
 * @throws the reason of `signal` once it is aborted, or what the target throws. In every case the connections are closed
 * and the gate is gone when this settles; the recorder keeps what it has.
 */
export async function drive(
  scenario: Scenario,
  target: Target,
  recorder: TraceRecorder,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  signal.throwIfAborted();
  const driver = await Driver.start(scenario, target, recorder, signal);
  try {
    for (const step of scenario.steps) await orAborted(driver.take(step), signal);
    for await (const step of scenario.further ?? []) await orAborted(driver.take(step), signal);
    await orAborted(driver.releaseAll(), signal);
  } finally {
    await driver.stop();
  }
}

/** A request on its way. */
interface InFlight {
  readonly exchange: Pick<Exchange, 'abandon'>;
  /** Settles once the probe has reported from inside, or once that can no longer happen. */
  readonly insideOrOver: Promise<void>;
  readonly over: Promise<void>;
}

class Driver {
  readonly #target: Target;
  readonly #recorder: TraceRecorder;
  readonly #signal: AbortSignal;
  readonly #gate: Gate;
  readonly #flights = new Map<RequestId, InFlight>();
  readonly #performances = new Map<string, Performance>();
  readonly #whenInside = new Map<string, () => void>();
  readonly #reported = new Set<string>();
  readonly #over = new Set<RequestId>();
  /** Scripts that wait while they are executed. */
  readonly #stalled = new Set<string>();
  readonly #whenStalled: (() => void)[] = [];
  readonly #agents = new Map<string, Agent>();
  /** After these their connection is closed. */
  readonly #closing: ReadonlySet<RequestId>;
  #stopped = false;

  private constructor(scenario: Scenario, target: Target, recorder: TraceRecorder, signal: AbortSignal, gate: Gate) {
    this.#closing = closingRequests(scenario);
    this.#target = target;
    this.#recorder = recorder;
    this.#signal = signal;
    this.#gate = gate;
  }

  static async start(
    scenario: Scenario,
    target: Target,
    recorder: TraceRecorder,
    signal: AbortSignal,
  ): Promise<Driver> {
    const gate = await Gate.listen(target.applicationUser, {
      arrived: (report) => driver.#arrived(report),
      parted: (farewell) => driver.#parted(farewell),
      stalls: (script) => driver.#stalls(script),
      told: (told) => driver.#told(told),
    });
    const driver: Driver = new Driver(scenario, target, recorder, signal, gate);
    return driver;
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'request':
        return this.#request(step);
      case 'hold':
        return this.#send(step.request, step.to, this.#holding()).insideOrOver;
      case 'crowd':
        return this.#crowd(step.request, step.to);
      case 'await-outcome':
        return this.#patiently(this.#flights.get(step.request)?.over, step.atMost);
      case 'rest':
        await setTimeout(step.ms, undefined, { signal: this.#signal });
        return;
      case 'await-import':
        return this.#patiently(this.#untilStalled(step.script), step.atMost);
      case 'release':
        return this.#release(step.requests);
      case 'act':
        return this.#act(step.act);
      case 'await-replacement': {
        const serving = this.#servedBy(step.processOf);
        return serving && this.#target.whenReplaced(serving, this.#signal);
      }
      default:
        return assertNever(step);
    }
  }

  /** Whatever a scenario left held goes on, so that every request in the trace has its end. */
  releaseAll(): Promise<void> {
    for (const script of this.#stalled) this.#goOn(script);
    return this.#release([...this.#flights.keys()]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { exchange } of this.#flights.values()) exchange.abandon();
    for (const agent of this.#agents.values()) agent.destroy();
    await this.#gate.close();
    await Promise.all([...this.#flights.values()].map((flight) => flight.over));
  }

  async #request({ request, to, behave, connection }: Extract<Step, { do: 'request' }>): Promise<void> {
    if (!behave)
      return this.#send(request, to, this.#closing.has(request) ? { connection: 'close' } : {}, behave, connection)
        .over;
    // The process may be gone before it answers: the gate, held open, has the observation all the same.
    this.#gate.letGo(request);
    if (behave.kind === 'perform') return this.#perform(request, to, behave);
    return this.#send(request, to, { ...this.#holding(), ...orderOf(behave, this.#gate.path) }, behave).over;
  }

  /** Its step is over when what the program returned is closed, too. */
  async #perform(request: RequestId, to: Address, behave: Extract<Behaviour, { kind: 'perform' }>): Promise<void> {
    const { program } = behave;
    this.#recorder.record({ kind: 'request.sent', request, to, method: methodOf(behave), behave });
    const performance = new Performance(
      { request, program, to },
      this.#target.connect(to.port),
      { [requestIdHeader]: request, ...this.#holding(), ...orderOf(behave, this.#gate.path) },
      (happening) => this.#stopped || this.#recorder.record(happening),
    );
    this.#performances.set(request, performance);
    const inside = new Promise<void>((resolve) => this.#whenInside.set(request, resolve));
    const over = performance.outcome.then((outcome) => this.#ended(request, outcome));
    this.#flights.set(request, { exchange: performance, over, insideOrOver: Promise.race([inside, over]) });
    await over;
    await performance.whenClosed();
  }

  async #crowd(request: RequestId, to: Address): Promise<void> {
    const { insideOrOver } = this.#send(request, to, this.#holding());
    if (this.#stalled.size > 0) return;
    const stalled = new Promise<void>((resolve) => this.#whenStalled.push(resolve));
    const decided = new AbortController();
    const queued = this.#target.whenQueued(request, AbortSignal.any([this.#signal, decided.signal]));
    try {
      await Promise.race([queued, insideOrOver, stalled]);
    } finally {
      decided.abort();
      await queued.catch(() => {});
    }
  }

  async #untilStalled(script: string): Promise<void> {
    while (!this.#stalled.has(script)) await new Promise<void>((resolve) => this.#whenStalled.push(resolve));
  }

  async #patiently(event: Promise<void> | undefined, atMost: number): Promise<void> {
    const enough = new AbortController();
    const patience = setTimeout(atMost, undefined, { signal: AbortSignal.any([this.#signal, enough.signal]) });
    try {
      await Promise.race([event, patience]);
    } finally {
      enough.abort();
      await patience.catch(() => {});
    }
  }

  async #release(requests: readonly RequestId[]): Promise<void> {
    // Recorded for all of them before the first is told: up to here, and no further, they are certain to be inside.
    for (const request of requests)
      if (this.#isUnderWay(request)) this.#recorder.record({ kind: 'request.released', request });
    for (const request of requests) this.#gate.letGo(request);
    await Promise.all(requests.map((request) => this.#flights.get(request)?.over));
  }

  async #act(act: Extract<Step, { do: 'act' }>['act']): Promise<void> {
    switch (act.kind) {
      case 'touch':
        await this.#target.touch(act.script);
        break;
      case 'break':
      case 'ruin':
      case 'mend':
        await this.#target.rewrite(act.script, damageBy[act.kind]);
        break;
      case 'stall':
        this.#gate.shut(act.script);
        await this.#target.rewrite(act.script, { kind: 'stalls', script: act.script, gate: this.#gate.path });
        break;
      case 'touch-module':
        await this.#target.touchModule(act.script);
        break;
      case 'signal': {
        const seen = this.#seenBy(act.processOf);
        if (!seen) return;
        this.#target.signal(seen.pid, act.signal);
        break;
      }
      case 'server-signal':
        await this.#target.signalServer(act.signal, this.#signal);
        break;
      default:
        assertNever(act);
    }
    this.#recorder.record({ kind: 'act.performed', act });
    // Told only now: what it does next comes after the act.
    if (act.kind === 'mend') this.#goOn(act.script);
  }

  #goOn(script: string): void {
    this.#stalled.delete(script);
    this.#gate.letGo(script);
  }

  #stalls(script: string): void {
    if (this.#stopped) return;
    this.#stalled.add(script);
    this.#recorder.record({ kind: 'import.stalled', script });
    for (const goOn of this.#whenStalled.splice(0)) goOn();
  }

  #holding(): Record<string, string> {
    return { 'x-wsgiscope-hold': this.#gate.path };
  }

  #isUnderWay(request: RequestId): boolean {
    return this.#flights.has(request) && !this.#over.has(request);
  }

  #send(
    request: RequestId,
    to: Address,
    headers: Readonly<Record<string, string>>,
    behave?: Behaviour,
    connection?: string,
  ): InFlight {
    this.#recorder.record({
      kind: 'request.sent',
      request,
      to,
      method: methodOf(behave),
      ...(behave && { behave }),
      ...(connection !== undefined && { connection }),
    });
    const mayBeKept = connection !== undefined && this.#agents.has(connection);
    const exchange = sendRequest(
      to,
      this.#target.connect(to.port),
      { [requestIdHeader]: request, ...headers },
      connection !== undefined && this.#agentOf(connection),
      behave?.kind === 'send-body' ? behave.length : null,
    );
    const inside = new Promise<void>((resolve) => this.#whenInside.set(request, resolve));
    const over = exchange.outcome.then((outcome) => this.#ended(request, outcome, mayBeKept && !exchange.isReused()));
    const flight = { exchange, over, insideOrOver: Promise.race([inside, over]) };
    this.#flights.set(request, flight);
    return flight;
  }

  #agentOf(connection: string): Agent {
    const agent = this.#agents.get(connection) ?? new Agent({ keepAlive: true, maxSockets: 1 });
    this.#agents.set(connection, agent);
    return agent;
  }

  #arrived({ request, seen }: Report): void {
    if (this.#stopped || !this.#whenInside.has(request)) return;
    this.#reported.add(request);
    this.#observe(request as RequestId, seen);
    this.#whenInside.get(request)?.();
  }

  async #told({ request, told }: Told): Promise<void> {
    const performance = this.#performances.get(request);
    if (this.#stopped || !performance) return;
    this.#recorder.record({ kind: 'program.told', request: request as RequestId, told });
    await performance.told(told);
  }

  #parted({ request, handler }: Farewell): void {
    if (this.#stopped || !this.#whenInside.has(request)) return;
    this.#recorder.record({ kind: 'exit-handler.called', request: request as RequestId, handler });
  }

  #ended(request: RequestId, outcome: Outcome, isReconnected = false): void {
    this.#over.add(request);
    if (this.#stopped) return;
    if (outcome.kind === 'failed') {
      this.#recorder.record({ kind: 'request.failed', request, reason: outcome.reason });
      return;
    }
    const report = readReport(outcome.body);
    if (report && !this.#reported.has(request)) this.#observe(request, report.seen);
    const answers = report && { answers: report.request as RequestId };
    const reconnected = isReconnected && ({ reconnected: true } as const);
    this.#recorder.record({ kind: 'request.finished', request, status: outcome.status, ...answers, ...reconnected });
  }

  #observe(request: RequestId, seen: Observation): void {
    this.#target.observed?.(seen, request);
    this.#recorder.record({ kind: 'observation', request, seen });
  }

  #seenBy(request: RequestId): Observation | undefined {
    return eventsOf(this.#recorder.trace, 'observation').findLast((event) => event.request === request)?.seen;
  }

  /** As the probe reported it, or else as the world knows it: a script that raises reports nothing. */
  #servedBy(request: RequestId): Serving | undefined {
    const seen = this.#seenBy(request);
    if (seen) return seen;
    const { trace } = this.#recorder;
    const accepted = eventsOf(trace, 'request.accepted').findLast((event) => event.request === request);
    const spawned = eventsOf(trace, 'process.spawned').find((event) => event.process === accepted?.process);
    return spawned && { pid: spawned.pid, process: null };
  }
}

const damageBy = { break: { kind: 'raises' }, ruin: { kind: 'exits' }, mend: null } as const;

/** What the probe is told to do, as it reads it: see `probe.py`. */
function orderOf(behave: Behaviour, gate: string): Readonly<Record<string, string>> {
  switch (behave.kind) {
    case 'exit':
      return { 'x-wsgiscope-exit': String(behave.code) };
    case 'signal-self':
      return { 'x-wsgiscope-signal-self': behave.signal };
    case 'register-exit-handlers':
      return {
        'x-wsgiscope-at-exit': gate,
        ...(behave.withThread ? { 'x-wsgiscope-closing-thread': '1' } : {}),
      };
    case 'send-body':
      return { 'x-wsgiscope-read-body': '1' };
    case 'long-header':
      return { 'x-wsgiscope-long-header': String(behave.length) };
    case 'send-credentials':
      return { authorization: `Basic ${Buffer.from('somebody:secret').toString('base64')}` };
    case 'perform':
      return { 'x-wsgiscope-program': behave.program };
    case 'hold-gil':
    case 'burn-cpu':
    case 'register-signal':
    case 'start-thread':
      return { [`x-wsgiscope-${behave.kind}`]: '1' };
    case 'run-on':
      return { 'x-wsgiscope-run-on': String(behave.atMost) };
    case 'change-directory':
      return { 'x-wsgiscope-change-directory': behave.directory };
    default:
      return assertNever(behave);
  }
}
