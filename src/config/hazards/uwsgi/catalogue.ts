/** Every hazard of uWSGI, in the order of its code. */
import { byCode } from '../hazard.ts';
import * as lifetimes from './lifetimes.ts';
import * as listening from './listening.ts';
import * as loading from './loading.ts';
import * as masters from './masters.ts';
import * as reloading from './reloading.ts';
import type { UwsgiHazard } from './scene.ts';
import * as threads from './threads.ts';

export const uwsgiHazards: readonly UwsgiHazard[] = [masters, threads, lifetimes, loading, listening, reloading]
  .flatMap((theme): readonly UwsgiHazard[] => Object.values(theme))
  .toSorted(byCode);
