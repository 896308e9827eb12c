/** Every server that can be measured, in the order of the table. */
import type { Stand } from './stand.ts';
import { apacheStands } from './stands/apache.ts';
import { gatewayStands } from './stands/gateway.ts';
import { gunicornStands } from './stands/gunicorn.ts';
import { plainStands } from './stands/plain.ts';
import { uwsgiStands } from './stands/uwsgi.ts';

export const stands: readonly Stand[] = [
  ...apacheStands,
  ...gunicornStands,
  ...uwsgiStands,
  ...plainStands,
  ...gatewayStands,
];
