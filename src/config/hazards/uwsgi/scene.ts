/** What a hazard of uWSGI looks at: the deployment, what was written, and where. */
import type { UwsgiDeployment } from '../../../../spec/deployments/uwsgi.ts';
import type { Prediction } from '../../../../spec/predict.ts';
import type { Position } from '../../diagnostic.ts';
import type { Entry } from '../../uwsgi/exported.ts';
import type { UwsgiReading } from '../../uwsgi/read.ts';
import type { Hazard } from '../hazard.ts';

export interface UwsgiScene {
  readonly deployment: UwsgiDeployment;
  readonly prediction: Prediction;
  readonly reading: UwsgiReading;
  /** Whether the option is written and not taken back. */
  readonly isOn: (name: string) => boolean;
  /** All of that name, in the order written. */
  readonly all: (name: string) => readonly Entry[];
  /** Where the first of these options that was written at all stands last; else the beginning. */
  readonly place: (...names: readonly string[]) => Position;
  /** The text of a script; null where it cannot be read. */
  readonly readScript: (path: string) => string | null;
}

export type UwsgiHazard = Hazard<UwsgiScene>;
