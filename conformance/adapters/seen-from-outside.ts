/** What can be seen of any server that runs the probe, by whoever sends requests and looks at the machine. */
import type { HappeningKind } from '../../spec/trace.ts';
import { canSeeProcesses } from '../../src/probe/process-mark.ts';

export const seenFromOutside: ReadonlySet<HappeningKind> = new Set<HappeningKind>([
  'request.sent',
  'request.released',
  'response.progressed',
  'response.received',
  'request.finished',
  'request.failed',
  'observation',
  'program.told',
  'act.performed',
  'exit-handler.called',
  'import.stalled',
  ...(canSeeProcesses ? (['process.appeared', 'process.vanished'] as const) : []),
]);
