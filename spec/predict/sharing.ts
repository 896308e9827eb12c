/**
 * What two mounts have in common at the moment the same process serves both. Module globals belong to an interpreter,
 * an interpreter to a process; a script's own globals belong to the module made from its path.
 * Sources: mod_wsgi 4.9.4, wsgi_acquire_interpreter, wsgi_module_name; rules ISO-PROC-01, ISO-PROC-02, ISO-INTERP-01 to -05.
 */

import type { PredictedMount } from '../predict.ts';
import { mountName } from '../routing/mounts.ts';

/** From the most to the least that can be shared. */
export const degrees = ['script-globals', 'imported-modules', 'process', 'nothing'] as const;
export type Shares = (typeof degrees)[number];

/** What the mounts named `a` and `b`, each `host:port/url`, share. */
export interface Sharing {
  readonly a: string;
  readonly b: string;
  readonly shares: Shares;
}

/** Every pair of mounts once, in the order of the mounts. */
export const sharingOf = (mounts: readonly PredictedMount[]): readonly Sharing[] =>
  mounts.flatMap((a, index) =>
    mounts.slice(index + 1).map((b) => ({ a: mountName(a), b: mountName(b), shares: sharesOf(a, b) })),
  );

/** What requests to the two mounts share whenever one process serves both; across processes it is always nothing. */
export function sharesOf(a: PredictedMount, b: PredictedMount): Shares {
  if (a.answer.kind !== 'application' || b.answer.kind !== 'application') return 'nothing';
  if (a.processGroup !== b.processGroup) return 'nothing';
  if (a.applicationGroup !== b.applicationGroup) return 'process';
  return a.script === b.script ? 'script-globals' : 'imported-modules';
}
