/** What an application may be asked to do that does nothing to its process as long as that lives. */
import type { Behaviour } from '../trace.ts';

export const leavesItsProcess = ({ kind }: Behaviour): boolean =>
  kind === 'register-exit-handlers' || kind === 'start-thread';
