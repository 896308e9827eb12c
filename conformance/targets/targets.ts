/** Every target that has a name. */
import type { KitTarget } from '../kit/target.ts';
import { apacheTargets } from './apache.ts';
import { gatewayTargets } from './gateway.ts';
import { gunicornTargets } from './gunicorn.ts';
import { plainTargets } from './plain.ts';
import { simulatorTarget } from './simulator.ts';
import { uwsgiTargets } from './uwsgi.ts';

/** Our own worlds first, then servers by name. */
export const targets: readonly KitTarget[] = [
  simulatorTarget,
  ...gatewayTargets,
  ...apacheTargets,
  ...gunicornTargets,
  ...uwsgiTargets,
  ...plainTargets,
];
