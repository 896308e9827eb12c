/** Every hazard of uWSGI, in the order of its code. */
import * as masters from './masters.ts';
import type { UwsgiHazard } from './scene.ts';

export const uwsgiHazards: readonly UwsgiHazard[] = [masters]
  .flatMap((theme): readonly UwsgiHazard[] => Object.values(theme))
  .toSorted((a, b) => a.code.localeCompare(b.code));
