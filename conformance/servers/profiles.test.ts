import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../spec/quirks/profile.ts';
import { experiments } from '../quirks/experiments.ts';
import { measure } from '../quirks/measure.ts';
import { readProfile } from '../quirks/profile-schema.ts';
import { stands } from '../quirks/stands.ts';
import { serversAreRequired } from './find-apache.ts';
import { ownTemporaryDirectory } from './server-test.ts';

const leftovers = ownTemporaryDirectory();
const folder = new URL('../profiles/', import.meta.url);
const profiles = readdirSync(folder).map((name): Profile => {
  const read = readProfile(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
  if (read.kind === 'rejected') throw new Error(`${name}: ${read.message}`);
  return read.profile;
});

/** Quick, and the same each time: no waiting for what does not come, no signals. */
const again = [
  'error-before-start',
  'error-after-start',
  'never-started',
  'second-start',
  'one-block-framing',
  'many-blocks-framing',
  'file-wrapper',
  'both-lengths',
  'two-lengths',
  'underscored-header',
  'repeated-header',
  'proxy-header',
  'forwarded-scheme',
  'missing-host',
  'encoded-slash',
  'null-byte',
  'no-content-type',
  'process-environment',
];
const cheap = experiments.filter(({ question }) => again.includes(question));

const measured = await Promise.all(
  stands.map(async (stand) => {
    const found = await stand.find();
    const profile = profiles.find(
      ({ targets, versions }) =>
        targets.some(({ id }) => id === stand.id) &&
        Object.entries(found?.versions ?? {}).every(([name, version]) => versions[name] === version),
    );
    const note = found === null ? ' (skipped: not here)' : profile ? '' : ' (skipped: this version has no profile)';
    return { title: `${stand.id}${note}`, id: stand.id, found, profile };
  }),
);

describe.each(measured)('$title', ({ id, found, profile }) => {
  it.skipIf((found === null && !serversAreRequired()) || (found && !profile))(
    'still answers as its profile says, or the profile is stale',
    async () => {
      if (found === null || profile === undefined) throw new Error(`WSGISCOPE_REQUIRE=all, and ${id} is not here`);
      const { answers } = await measure(found, cheap, { signal: AbortSignal.timeout(120_000) });
      const committed = cheap.map(({ question }) => {
        const choice = profile.choices.find((one) => one.question === question);
        return [question, choice?.answers.find(({ targets }) => targets.includes(id))?.answer];
      });
      const stale = `measure it again: ${profile.measured.command}`;
      expect(
        answers.map(({ question, answer }) => [question, answer]),
        stale,
      ).toEqual(committed);
      expect(await leftovers()).toEqual([]);
    },
  );
});
