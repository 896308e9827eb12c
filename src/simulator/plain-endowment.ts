/** What a simulated process has where nothing is said of it: Debian's Python, a server started by root, no limits. */
import type { Given } from '../../spec/trace.ts';

export const plainEndowment = {
  pythonPrefix: '/usr',
  startedBy: 0,
  priority: 0,
  dataLimit: null,
  addressSpaceLimit: null,
} as const satisfies Partial<Given>;
