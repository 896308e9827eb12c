/** Apache with mod_wsgi: embedded under two MPMs, and in daemon processes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apacheVersion, applicationUser } from '../../adapters/apache.ts';
import { findApache } from '../../servers/find-apache.ts';
import { type Stand, standEnvironment } from '../stand.ts';
import { apacheText } from './apache-text.ts';

const ways = [
  { id: 'apache-event-daemon', title: 'Apache with the event MPM, in a daemon process', mpm: 'event', isDaemon: true },
  { id: 'apache-event-embedded', title: 'Apache with the event MPM, embedded', mpm: 'event', isDaemon: false },
  { id: 'apache-prefork-embedded', title: 'Apache with the prefork MPM, embedded', mpm: 'prefork', isDaemon: false },
] as const;

export const apacheStands: readonly Stand[] = ways.map(({ id, title, mpm, isDaemon }) => ({
  id,
  title,
  server: 'apache',
  find: async () => {
    const apache = findApache();
    if (apache === null) return null;
    return {
      versions: { Apache: apacheVersion(apache), mod_wsgi: apache.modWsgi.version },
      reload: 'SIGUSR1',
      hasOneThread: isDaemon || mpm === 'prefork',
      prepare: async ({ folder, port, workers }) => {
        const user = applicationUser();
        const shown = apacheText({ mpm, isDaemon, folder, port, workers });
        const errorLog = join(folder, 'error.log');
        const modules = [`mpm_${mpm}`, 'authz_core', 'wsgi'];
        const text = [
          `DefaultRuntimeDir ${folder}`,
          `PidFile ${folder}/pid`,
          `ErrorLog ${errorLog}`,
          ...(user ? [`User ${user.name}`, `Group #${user.gid}`] : []),
          ...modules.map((name) => `LoadModule ${name}_module ${apache.modules}/mod_${name}.so`),
          `WSGISocketPrefix ${folder}/wsgi`,
          shown,
        ].join('\n');
        await writeFile(join(folder, 'httpd.conf'), text);
        return {
          launch: {
            program: apache.executable,
            parameters: ['-D', 'FOREGROUND', '-d', folder, '-f', join(folder, 'httpd.conf')],
            environment: standEnvironment(folder),
          },
          shown,
          errorLog,
        };
      },
    };
  },
}));
