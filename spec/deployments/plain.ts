/**
 * A server that is told how many processes and threads it has, and nothing more that bears on them: waitress, cheroot,
 * werkzeug, wsgiref, or one that is named by its command line.
 */
import type { Listen } from './listen.ts';
import type { WorkerApplication } from './worker-application.ts';

export interface PlainDeployment {
  readonly kind: 'plain';
  /** How reports name it: `waitress`. */
  readonly server: string;
  readonly listens: readonly Listen[];
  readonly application: WorkerApplication;
  readonly processes: number;
  readonly threads: number;
  readonly promises: PlainPromises;
}

/** What a server says of itself. What it does not say is not asked of it. */
export interface PlainPromises {
  /** It was told how many processes, and how many threads in each; else it has one at least, and nobody knows how many more. */
  readonly countsProcesses: boolean;
  readonly countsThreads: boolean;
  /** It starts another process where one ended. */
  readonly replacesProcesses: boolean;
  /** The signal to the server by which new code is taken; null is none. */
  readonly reloadsOn: 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2' | null;
}
