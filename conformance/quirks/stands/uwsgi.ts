/** uWSGI by itself, with threads, and behind its own HTTP router. */
import { findUwsgi } from '../../targets/uwsgi.ts';
import { applicationCallable, applicationModule } from '../application.ts';
import { type Stand, standEnvironment } from '../stand.ts';

const ways = [
  { id: 'uwsgi-processes', title: 'uWSGI with workers of one thread', socket: 'http-socket', threads: [] },
  { id: 'uwsgi-threads', title: 'uWSGI with threads', socket: 'http-socket', threads: ['--threads', '2'] },
  { id: 'uwsgi-router', title: 'uWSGI behind its HTTP router', socket: 'http', threads: [] },
] as const;

export const uwsgiStands: readonly Stand[] = ways.map(({ id, title, socket, threads }) => ({
  id,
  title,
  server: 'uwsgi',
  find: async () => {
    const found = await findUwsgi();
    if (found === null) return null;
    const plugins = [found.plugin, ...(socket === 'http' ? ['http'] : [])].join(',');
    return {
      versions: { uWSGI: found.version },
      reload: 'SIGHUP',
      // SIGTERM restarts it.
      stopping: { signal: 'SIGINT', grace: 0, isNudged: true },
      hasOneThread: threads.length === 0,
      prepare: async ({ folder, port, workers }) => {
        const parameters = [
          ...(found.plugin === null ? [] : ['--plugins', plugins]),
          ...[`--${socket}`, `127.0.0.1:${port}`, '--module', `${applicationModule}:${applicationCallable}`],
          ...['--master', '--processes', `${workers}`, ...threads],
        ];
        return {
          launch: { program: found.program, parameters, environment: standEnvironment(folder), directory: folder },
          shown: `uwsgi ${parameters.join(' ')}`,
        };
      },
    };
  },
}));
