/** Every deliberately broken world. Each rule must catch its own. */
import { configurationMutants } from './configuration.ts';
import { deadlineMutants } from './deadlines.ts';
import { dispatchMutants } from './dispatch.ts';
import { endingMutants } from './ending.ts';
import { flagMutants } from './flags.ts';
import { gunicornMutants } from './gunicorn.ts';
import { interfaceMutants } from './interface.ts';
import { isolationMutants } from './isolation.ts';
import { lifetimeMutants } from './lifetime.ts';
import type { Mutant } from './mutant.ts';
import { restartMutants } from './restarts.ts';
import { surroundingsMutants } from './surroundings.ts';
import { uwsgiMutants } from './uwsgi.ts';
import { workerMutants } from './workers.ts';

export const mutants: readonly Mutant[] = [
  ...flagMutants,
  ...isolationMutants,
  ...configurationMutants,
  ...lifetimeMutants,
  ...deadlineMutants,
  ...endingMutants,
  ...restartMutants,
  ...dispatchMutants,
  ...surroundingsMutants,
  ...interfaceMutants,
  ...workerMutants,
  ...gunicornMutants,
  ...uwsgiMutants,
];
