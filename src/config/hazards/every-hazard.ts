/** Every hazard of every server, in the order of its code. The reference page is generated from here. */
import { hazards } from './catalogue.ts';
import { gunicornHazards } from './gunicorn/catalogue.ts';
import { byCode, type HazardEntry } from './hazard.ts';
import { uwsgiHazards } from './uwsgi/catalogue.ts';

export const everyHazard: readonly HazardEntry[] = [...hazards, ...gunicornHazards, ...uwsgiHazards].toSorted(byCode);
