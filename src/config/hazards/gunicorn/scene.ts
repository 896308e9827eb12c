/** What a hazard of gunicorn looks at: the deployment, what was written, and where. */
import type { GunicornDeployment } from '../../../../spec/deployments/gunicorn.ts';
import type { Position } from '../../diagnostic.ts';
import type { GunicornInput, GunicornReading, WrittenSetting } from '../../gunicorn/read.ts';
import type { Hazard, Trap } from '../hazard.ts';

export interface GunicornScene {
  readonly deployment: GunicornDeployment;
  readonly reading: GunicornReading;
  readonly input: GunicornInput;
  /** The setting that counts; null where it is a default. */
  readonly written: (name: string) => WrittenSetting | null;
  /** Where the first of these settings that was written at all stands; else the beginning. */
  readonly place: (...names: readonly string[]) => Position;
  /** The text of the script; null where it cannot be read. */
  readonly scriptText: string | null;
}

export type GunicornHazard = Hazard<GunicornScene>;

/** One trap, or none where the setting was not written. */
export const ifWritten = (
  { written }: GunicornScene,
  name: string,
  severity: Trap['severity'],
  message: string,
  fix: string,
): readonly Trap[] => {
  const setting = written(name);
  return setting === null ? [] : [{ at: setting.at, severity, message, fix }];
};

/** Whether anybody but this machine reaches it. */
export const isPublic = ({ listens }: GunicornDeployment): boolean =>
  listens.some(({ address }) => !/^(?:unix:|fd:|127\.|localhost$|::1$)/.test(address));
