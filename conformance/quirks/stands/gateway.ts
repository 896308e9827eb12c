/** The gateway of wsgiscope, started as its own command. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPython } from '../../../src/gateway/processes/python.ts';
import { type Stand, standEnvironment } from '../stand.ts';
import { apacheText } from './apache-text.ts';

const ways = [
  { id: 'gateway-daemon', title: 'the gateway, in a daemon process', isDaemon: true },
  { id: 'gateway-event-embedded', title: 'the gateway as the event MPM, embedded', isDaemon: false },
] as const;

/** As a source it needs what was built from it. */
const program = ['../../../src/cli/main.js', '../../../dist/src/cli/main.js']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

export const gatewayStands: readonly Stand[] = ways.map(({ id, title, isDaemon }) => ({
  id,
  title,
  server: 'gateway',
  find: async () => {
    const python = await findPython().catch(() => null);
    if (python === null || program === undefined) return null;
    return {
      versions: {},
      reload: 'SIGUSR1',
      hasOneThread: isDaemon,
      prepare: async ({ folder, port, workers }) => {
        const shown = apacheText({ mpm: 'event', isDaemon, folder, port, workers });
        await writeFile(join(folder, 'quirks.conf'), shown);
        const environment = standEnvironment(folder);
        const { PATH = '' } = process.env;
        return {
          launch: {
            program: process.execPath,
            parameters: [program, 'serve', join(folder, 'quirks.conf')],
            // The Python that is found is the user's own.
            environment: { ...environment, PATH },
          },
          shown,
        };
      },
    };
  },
}));
