/** Every hazard of gunicorn, in the order of its code. */
import { byCode } from '../hazard.ts';
import * as classes from './classes.ts';
import * as front from './front.ts';
import * as loading from './loading.ts';
import * as numbers from './numbers.ts';
import * as recycling from './recycling.ts';
import type { GunicornHazard } from './scene.ts';
import * as sources from './sources.ts';
import * as timeouts from './timeouts.ts';

export const gunicornHazards: readonly GunicornHazard[] = [
  classes,
  numbers,
  timeouts,
  recycling,
  loading,
  sources,
  front,
]
  .flatMap((theme): readonly GunicornHazard[] => Object.values(theme))
  .toSorted(byCode);
