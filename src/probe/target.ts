/** A running server as the driver of the probe needs it: where to send requests, and how to do to it what acts ask. */
import type { Mark, Observation, ServerSignal } from '../../spec/trace.ts';
import type { RequestId, Signal } from '../../spec/vocabulary.ts';
import type { ScriptDamage } from './script-damage.ts';

export interface Target {
  /** Where a client really connects when the deployment says this port. */
  connect(port: number): { readonly host: string; readonly port: number };

  /**
   * The user the applications run as, where that is not the driver's own: what they must reach (the socket at which a
   * held request waits) is then given to this user.
   */
  readonly applicationUser?: { readonly uid: number; readonly gid: number };

  /**
   * Is told of each observation before it is recorded: a world that watches processes from outside records by now that
   * this one appeared.
   */
  observed?(seen: Observation, request: RequestId): void;

  /**
   * Changes the modification time of the file that stands for a script, to a value that surely differs; see
   * {@link file://./script-time.ts}.
   * @param script - The script as the deployment names it.
   */
  touch(script: string): Promise<void>;

  /**
   * Damages the file that stands for a script, or takes that back; see
   * {@link file://./script-damage.ts}.
   * @param script - The script as the deployment names it.
   */
  rewrite(script: string, damage: ScriptDamage | null): Promise<void>;

  /** Changes the module beside the file that stands for a script, which the probe imports. */
  touchModule(script: string): Promise<void>;

  /** Sends a signal to a server process; one that is already gone is no error. */
  signal(pid: number, signal: Signal): void;

  /**
   * Sends a signal to the server's parent process, and settles when it has done what that means: a restarted server runs
   * again, one that stops gracefully refuses connections, a stopped one is gone. A server that never does is waited for
   * with the target's own patience.
   * @throws the reason of `aborted` when it is aborted first.
   */
  signalServer(signal: ServerSignal, aborted: AbortSignal): Promise<void>;

  /**
   * Settles once a request waits in a queue of the server. A server that can be seen only from outside waits its
   * bounded patience instead. Until then the request may also get in or be answered: the driver notices that itself and
   * then aborts `signal`.
   * @throws the reason of `signal` when it is aborted first.
   */
  whenQueued(request: RequestId, signal: AbortSignal): Promise<void>;

  /**
   * Settles once this process is gone and, in a daemon group, another one is ready; or when
   * the target's own patience is exhausted: a server that never replaces it is for the rules to judge.
   * @throws the reason of `signal` when it is aborted first.
   */
  whenReplaced(process: Serving, signal: AbortSignal): Promise<void>;
}

/** A process that took a request. */
export interface Serving {
  readonly pid: number;
  /** As the probe in it reported; null where it took the request and did not come to report. */
  readonly process: Mark | null;
}

/** The header by which a request tells its id of the run (`r1`, `r2`, …), so that a gateway's trace can use the same. */
export const requestIdHeader = 'x-wsgiscope-request';
