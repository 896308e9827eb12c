/** Every hazard of Apache with mod_wsgi, in the order of its code. */
import * as aliases from './aliases.ts';
import * as flags from './flags.ts';
import * as forks from './forks.ts';
import * as groups from './groups.ts';
import { byCode, type Hazard } from './hazard.ts';
import * as interpreters from './interpreters.ts';
import * as lifetimes from './lifetimes.ts';
import * as naming from './naming.ts';
import * as releases from './releases.ts';
import * as reloading from './reloading.ts';
import * as sections from './sections.ts';
import * as signals from './signals.ts';
import * as startup from './startup.ts';
import * as threads from './threads.ts';

export const hazards: readonly Hazard[] = [
  flags,
  sections,
  groups,
  interpreters,
  threads,
  aliases,
  lifetimes,
  reloading,
  signals,
  forks,
  startup,
  naming,
  releases,
]
  .flatMap((theme): readonly Hazard[] => Object.values(theme))
  .toSorted(byCode);
