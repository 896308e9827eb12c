/** The ways in which a server of workers is left. */
import { applicationsOf, type WorkerDeployment } from '../../spec/deployment.ts';
import { assertNever } from '../../spec/vocabulary.ts';
import type { Situation } from './situations.ts';
import { act, askWorkers, awaitReplacement, isShort, release, type Server, serverSignal } from './worker-ground.ts';

/**
 * How a run ends, beside the situations that every run goes through: the server is told to stop, or left to something
 * that it does not survive.
 */
export const workerEndings = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  /** gunicorn gets a second arbiter, and the first one is told to go. */
  'SIGUSR2',
  'exit-3',
  'exit-4',
  /** No worker can load the application any more. */
  'broken-script',
  /** The only process ends, and there is nobody to replace it. */
  'crash',
] as const;
export type WorkerEnding = (typeof workerEndings)[number];

/** The endings that this server has, the plainest first. */
export function endingsOf(deployment: WorkerDeployment): readonly WorkerEnding[] {
  switch (deployment.kind) {
    case 'gunicorn':
      return [
        'SIGTERM',
        'SIGINT',
        'SIGQUIT',
        'SIGUSR2',
        'exit-3',
        'exit-4',
        ...(deployment.preloadApp ? [] : (['broken-script'] as const)),
      ];
    case 'uwsgi':
      if (!deployment.master) return ['crash'];
      return [
        'SIGINT',
        deployment.dieOnTerm ? 'SIGTERM' : 'SIGQUIT',
        ...(deployment.needApp ? (['broken-script'] as const) : []),
      ];
    case 'plain':
      return [];
    default:
      return assertNever(deployment);
  }
}

export function endingOf(server: Server, ending: WorkerEnding): Situation {
  const { deployment, to, room, asking } = server;
  const { script } = applicationsOf(deployment)[0];
  switch (ending) {
    case 'SIGTERM':
    case 'SIGINT':
    case 'SIGQUIT': {
      const inside = stopsSoon(deployment, ending) ? [asking.hold(to)] : [];
      return {
        name: `the server is stopped by ${ending}${inside.length > 0 ? ' with a request inside' : ''}`,
        steps: [...inside, serverSignal(ending), ...(inside.length > 0 ? [release(inside)] : []), asking.request(to)],
      };
    }
    case 'SIGUSR2':
      return {
        name: 'a second arbiter is started, and the first one is stopped',
        steps: [
          ...askWorkers(server),
          serverSignal('SIGUSR2'),
          ...askWorkers(server),
          serverSignal('SIGTERM'),
          ...askWorkers(server),
        ],
      };
    case 'exit-3':
    case 'exit-4': {
      const exit = asking.request(to, { kind: 'exit', code: ending === 'exit-3' ? 3 : 4 });
      return {
        name: `a process ends with exit code ${ending.slice(-1)}`,
        steps: [exit, awaitReplacement(exit), asking.request(to)],
      };
    }
    case 'broken-script': {
      const last = asking.request(to);
      return {
        name: `${script} raises when the server is restarted`,
        steps: [
          last,
          act({ kind: 'break', script }),
          serverSignal('SIGHUP'),
          awaitReplacement(last),
          asking.request(to),
        ],
      };
    }
    case 'crash': {
      const inside = Array.from({ length: Math.min(room.spare, 2) }, () => asking.hold(to));
      const crash = asking.request(to, { kind: 'exit', code: 1 });
      return {
        name: 'an application ends its process, which nobody replaces',
        steps: [...inside, crash, release(inside), asking.request(to)],
      };
    }
    default:
      return assertNever(ending);
  }
}

/** Whether a server with a request inside is gone soon after that signal. */
function stopsSoon(deployment: WorkerDeployment, signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT'): boolean {
  switch (deployment.kind) {
    case 'gunicorn': {
      const drops = signal !== 'SIGTERM' && deployment.workerClass !== 'gthread';
      return drops || isShort(deployment.gracefulTimeout);
    }
    // A worker that runs Python code does not end by itself.
    case 'uwsgi':
      return isShort(deployment.workerReloadMercy);
    case 'plain':
      return false;
    default:
      return assertNever(deployment);
  }
}
