/** gunicorn with each class of workers. */
import { gunicornWorkerClasses } from '../../../spec/deployments/gunicorn.ts';
import { pythonWith } from '../../targets/find-python.ts';
import { applicationCallable, applicationModule } from '../application.ts';
import { type Stand, standEnvironment } from '../stand.ts';

export const gunicornStands: readonly Stand[] = gunicornWorkerClasses.map((workerClass) => ({
  id: `gunicorn-${workerClass}`,
  title: `gunicorn with ${workerClass} workers`,
  server: 'gunicorn',
  find: async () => {
    const found = await pythonWith('gunicorn', ...(workerClass === 'gevent' ? ['gevent'] : []));
    if (found === null) return null;
    const [gunicorn = '', gevent] = found.versions;
    return {
      versions: { gunicorn, ...(gevent === undefined ? {} : { gevent }) },
      reload: 'SIGHUP',
      stopping: { signal: 'SIGTERM', grace: 0, isNudged: true },
      hasOneThread: workerClass !== 'gevent',
      prepare: async ({ folder, port, workers }) => {
        const parameters = [
          ...['--bind', `127.0.0.1:${port}`, '--worker-class', workerClass, '--workers', `${workers}`],
          `${applicationModule}:${applicationCallable}`,
        ];
        return {
          launch: {
            program: found.python,
            parameters: ['-m', 'gunicorn', ...parameters],
            environment: standEnvironment(folder),
            directory: folder,
          },
          shown: `gunicorn ${parameters.join(' ')}`,
        };
      },
    };
  },
}));
