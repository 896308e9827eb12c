/** What a simulated process has where nothing is said of it: Debian's Python, a server started by root, no limits. */
import type { Given } from '../../spec/trace.ts';

/** Of Debian's Apache; the number is its own there. */
const webServer = { id: 33, name: 'www-data' };

export const plainEndowment = {
  pythonPrefix: '/usr',
  startedBy: 0,
  account: { user: webServer, group: webServer, groups: [webServer] },
  priority: 0,
  dataLimit: null,
  addressSpaceLimit: null,
} as const satisfies Partial<Given>;
