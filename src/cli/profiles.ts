/** The measured profiles that a command goes by: those of a folder, or the ones that wsgiscope comes with. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readProfile } from '../../conformance/quirks/profile-schema.ts';
import type { FiledProfile } from '../../spec/quirks/measured.ts';
import type { Profile } from '../../spec/quirks/profile.ts';
import { Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { ownPackage } from './package-root.ts';

const own = 'conformance/profiles';

/**
 * @param folder - As the user named it; absent is conformance/profiles of wsgiscope itself.
 * @throws Obstacle for a folder without profiles, or a file that is none.
 */
export function profilesIn(folder?: string): readonly FiledProfile[] {
  const path = folder ?? join(ownPackage().root, own);
  const fix = 'fix: name a folder that wsgiscope profile --write wrote';
  let names: readonly string[];
  try {
    names = readdirSync(path)
      .filter((name) => name.endsWith('.json'))
      .toSorted();
  } catch (error) {
    throw new Obstacle(exitCodes.undecided, `${path}: ${(error as Error).message}\n${fix}`);
  }
  if (names.length === 0) throw new Obstacle(exitCodes.undecided, `${path}: there is no profile in it\n${fix}`);
  return names.map((name) => ({ file: join(folder ?? own, name), profile: profileAt(join(path, name), fix) }));
}

function profileAt(path: string, fix: string): Profile {
  const wrong = (what: string): Obstacle => new Obstacle(exitCodes.undecided, `${path}: ${what}\n${fix}`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const read = readProfile(json);
  if (read.kind === 'rejected') throw wrong(read.message);
  return read.profile;
}
