/** Servers that are Python libraries. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plainServers, runnerOf } from '../../adapters/plain-runners.ts';
import { pythonWith } from '../../targets/find-python.ts';
import { applicationCallable, applicationModule } from '../application.ts';
import { type Stand, standEnvironment } from '../stand.ts';

const shown = {
  waitress: 'waitress.create_server(application, host, port, threads=1).run()',
  cheroot: 'cheroot.wsgi.Server((host, port), application, numthreads=1).start()',
  werkzeug: 'werkzeug.serving.make_server(host, port, application).serve_forever()',
  wsgiref: 'wsgiref.simple_server.make_server(host, port, application).serve_forever()',
} as const;

export const plainStands: readonly Stand[] = plainServers.map((server) => ({
  id: server,
  title: server === 'wsgiref' ? "wsgiref, Python's own server" : server,
  server,
  find: async () => {
    const found = await pythonWith(server);
    if (found === null) return null;
    const [version = ''] = found.versions;
    return {
      // That of wsgiref is that of Python.
      versions: { [server === 'wsgiref' ? 'CPython' : server]: version },
      reload: null,
      stopping: { signal: 'SIGKILL', grace: 0, isNudged: true },
      hasOneThread: true,
      prepare: async ({ folder, port }) => {
        const runner = join(folder, 'run.py');
        await writeFile(runner, runnerOf(server));
        return {
          launch: {
            program: found.python,
            parameters: [runner, '127.0.0.1', `${port}`, '1', applicationModule, applicationCallable],
            environment: standEnvironment(folder),
            directory: folder,
          },
          shown: shown[server],
        };
      },
    };
  },
}));
