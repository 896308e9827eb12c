/** A server in virtual time, as whoever takes the steps of a scenario meets it: Apache's, or one of workers. */
import type { Deployment } from '../../spec/deployment.ts';
import type { ServerSignal } from '../../spec/trace.ts';
import type { Signal } from '../../spec/vocabulary.ts';
import type { Errand, Journey, Station } from './journey.ts';
import type { Universe } from './universe.ts';

/** A request of some server, wherever it leads. */
export type AnyJourney = Journey<unknown, Station>;

export interface Site<J extends AnyJourney = AnyJourney> {
  readonly universe: Universe<Deployment>;
  /** How long to wait for anything, in ms: longer than all that a configuration can ask a server to wait. */
  readonly patience: number;
  readonly isRunning: boolean;
  readonly isStopped: boolean;
  /** No process is on its way up. */
  readonly isSettled: boolean;
  start(): void;
  stop(): void;
  /** A client sends a request. */
  send(errand: Errand): J;
  /** A script was changed, or a module that it imports. */
  fileChanged(script: string, what: 'script' | 'module'): void;
  /** A signal to the process that observed it. */
  signalProcess(journey: J, signal: Signal): void;
  /** @returns whether the signal has done what it means, asked again and again; null where nothing is waited for. */
  signalServer(signal: ServerSignal): (() => boolean) | null;
  /** Whether another process has taken the place of the one that had the request, as far as one does. */
  isReplaced(journey: J): boolean;
  /** Where a request is, for messages. */
  whereabouts(journey: J): string;
}
