/** What the workers of a server have in common, whichever server it is: how many there are, and what one of them may do. */
import type { WorkerDeployment } from './deployment.ts';
import type { Flags } from './flags.ts';
import { assertNever } from './vocabulary.ts';

export interface Workers {
  /** How many live at least, and at most, while nothing ends one. */
  readonly processes: { readonly min: number; readonly max: number };
  /** Requests one of them runs at once. */
  readonly threads: number;
  readonly flags: Flags;
  /** Whether one that ended is replaced. */
  readonly areReplaced: boolean;
  /** Requests after which one ends: the least and the most; null is never. */
  readonly allowance: { readonly min: number; readonly max: number } | null;
}

export function workersOf(deployment: WorkerDeployment): Workers {
  switch (deployment.kind) {
    case 'gunicorn': {
      const { workers, workerClass, threads, workerConnections, maxRequests, maxRequestsJitter } = deployment;
      return {
        processes: { min: workers, max: workers },
        threads: { sync: 1, gthread: threads, gevent: workerConnections }[workerClass],
        // Sources: gunicorn, http/wsgi.py, base_environ; workers/sync.py, gthread.py and base_async.py; rules FLAG-GUNI-*.
        flags: { multithread: workerClass !== 'sync', multiprocess: workers > 1, runOnce: false },
        areReplaced: true,
        allowance: maxRequests === 0 ? null : { min: maxRequests, max: maxRequests + maxRequestsJitter },
      };
    }
    case 'uwsgi': {
      const { processes, cheaper, cheap, idle, threads, async, master, maxRequests } = deployment;
      return {
        processes: { min: cheap || idle > 0 ? 0 : (cheaper?.min ?? processes), max: processes },
        // Source: uWSGI 2.0, core/init.c, sanitize_args: with threads the cores of a worker are its threads, whatever async says.
        threads: threads > 1 ? threads : async,
        // Sources: uWSGI 2.0, plugins/python/wsgi_subhandler.c, uwsgi_request_subhandler_wsgi; rules FLAG-UWSGI-*.
        flags: { multithread: threads > 1, multiprocess: processes > 1, runOnce: false },
        areReplaced: master,
        // A worker younger than min-worker-lifetime goes on, however many it has had. Source: rule LIFE-UWSGI-01.
        allowance: maxRequests === 0 ? null : { min: maxRequests, max: Number.POSITIVE_INFINITY },
      };
    }
    case 'plain': {
      const { processes, threads, promises } = deployment;
      return {
        processes: { min: processes, max: processes },
        threads,
        // Source: PEP 3333, environ Variables: what a server with this many of each has to say.
        flags: { multithread: threads > 1, multiprocess: processes > 1, runOnce: false },
        areReplaced: promises.replacesProcesses,
        allowance: null,
      };
    }
    default:
      return assertNever(deployment);
  }
}
