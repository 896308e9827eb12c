/** Apache with mod_wsgi in virtual time. */
import { type ApacheDeployment, processCount } from '../../spec/deployments/apache.ts';
import { type ApacheSignal, apacheSignal, type ServerSignal } from '../../spec/trace.ts';
import type { Signal } from '../../spec/vocabulary.ts';
import type { Errand, Journey } from './journey.ts';
import type { Site } from './site.ts';
import { Supervision } from './supervision.ts';
import { Traffic } from './traffic.ts';
import type { Universe } from './universe.ts';

export class ApacheSite implements Site<Journey> {
  readonly universe: Universe;
  readonly patience: number;
  readonly #supervision: Supervision;
  readonly #traffic: Traffic;

  constructor(universe: Universe) {
    this.universe = universe;
    this.patience = patienceFor(universe.deployment);
    let traffic: Traffic | undefined;
    this.#supervision = new Supervision(universe, (processes) => {
      traffic = new Traffic(universe, processes);
      return traffic;
    });
    if (!traffic) throw new Error('the supervision has no traffic');
    this.#traffic = traffic;
  }

  get isRunning(): boolean {
    return this.#supervision.isRunning;
  }

  get isStopped(): boolean {
    return this.#supervision.isStopped;
  }

  get isSettled(): boolean {
    return this.#supervision.isSettled;
  }

  start(): void {
    this.#supervision.server.start();
  }

  stop(): void {
    this.#supervision.server.send({ type: 'STOP' });
  }

  send(errand: Errand): Journey {
    return this.#traffic.send(errand);
  }

  fileChanged(_: string, what: 'script' | 'module'): void {
    const { decisions } = this.universe;
    for (const process of [...this.#supervision.processes]) {
      const isReplaced =
        what === 'script'
          ? decisions.onTouch(process.kind) === 'replace-at-once'
          : decisions.onModuleChange(process.kind) === 'replace-process';
      if (isReplaced) process.scriptChanged();
    }
  }

  signalProcess({ observedBy }: Journey, signal: Signal): void {
    if (observedBy && !observedBy.isGone) observedBy.signal(signal);
  }

  signalServer(signal: ServerSignal): (() => boolean) | null {
    const restarts = signal === 'SIGUSR1' || signal === 'SIGHUP';
    if (restarts) for (const process of this.#supervision.processes) process.isFormer = true;
    this.#supervision.server.send({ type: serverEvents[apacheSignal(signal)] });
    return signal === 'SIGWINCH' ? null : () => this.isStopped || (restarts && this.isRunning);
  }

  isReplaced({ lastIn }: Journey): boolean {
    if (!lastIn) return true;
    const group = this.universe.deployment.daemons.find((daemon) => daemon.name === lastIn.processGroup);
    return lastIn.isGone && this.#supervision.serving(lastIn.processGroup) >= (group ? processCount(group) : 0);
  }

  whereabouts({ id, server, carrier, observedBy }: Journey): string {
    if (observedBy) return `${id} is held in ${observedBy.id}`;
    if (server) return `${id} is in ${server.process.id}`;
    if (carrier) return `${id} waits for a thread of its process group`;
    return `${id} waits for a thread of the Apache children`;
  }
}

const serverEvents = {
  SIGTERM: 'STOP',
  SIGWINCH: 'GRACEFUL_STOP',
  SIGUSR1: 'GRACEFUL_RESTART',
  SIGHUP: 'RESTART',
} as const satisfies Record<ApacheSignal, string>;

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
