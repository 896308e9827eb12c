import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../spec/quirks/profile.ts';
import { questions } from '../../spec/quirks/questions.ts';
import { ruleById } from '../../spec/rules/catalogue.ts';
import { experiments } from './experiments.ts';
import { profileFile } from './profile-of.ts';
import { readProfile } from './profile-schema.ts';

const folder = new URL('../profiles/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const committed = files.map((name) => {
  const read = readProfile(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
  if (read.kind === 'rejected') throw new Error(`${name}: ${read.message}`);
  return { name, profile: read.profile };
});

const small: Profile = {
  version: 1,
  server: 'wsgiref',
  versions: { CPython: '3.11.2' },
  measured: { on: '2026-01-01', command: 'wsgiscope profile wsgiref', tool: '0.1.0' },
  targets: [{ id: 'wsgiref', title: 'wsgiref', started: 'make_server()' }],
  choices: [{ question: 'keep-alive', answers: [{ targets: ['wsgiref'], answer: 'closed', evidence: {} }] }],
  faults: [],
};

describe('every question', () => {
  it('is put by one experiment, in its place', () =>
    expect(experiments.map(({ question }) => question)).toEqual(questions.map(({ id }) => id)));
});

describe('a profile', () => {
  it('is read as it is written', () => expect(readProfile(small)).toEqual({ kind: 'read', profile: small }));

  it.each([
    ['of another version', { ...small, version: 2 }, /version/],
    ['with an unknown question', { ...small, choices: [{ ...small.choices[0], question: 'weather' }] }, /weather/],
    [
      'with an unknown answer',
      {
        ...small,
        choices: [{ question: 'keep-alive', answers: [{ targets: ['wsgiref'], answer: '?', evidence: {} }] }],
      },
      /no answer \?/,
    ],
    [
      'of targets it does not have',
      { ...small, targets: [{ ...small.targets[0], id: 'other' }] },
      /none of its targets/,
    ],
    ['of no target', { ...small, targets: [] }, /targets/],
  ])('%s is rejected', (_, json, message) =>
    expect(readProfile(json)).toMatchObject({ kind: 'rejected', message: expect.stringMatching(message) }),
  );
});

describe.each(committed)('the profile $name', ({ name, profile }) => {
  it('bears the name of its server and version', () => expect(profileFile(profile)).toBe(name));

  it('answers every question for each of its targets, with evidence', () => {
    const all = profile.targets.map(({ id }) => id).toSorted();
    expect(profile.choices.map(({ question }) => question)).toEqual(questions.map(({ id }) => id));
    for (const { answers } of profile.choices) {
      expect(answers.flatMap(({ targets }) => targets).toSorted()).toEqual(all);
      for (const { evidence } of answers) expect(Object.keys(evidence)).not.toEqual([]);
    }
  });

  it('names rules that there are, and what they come to', () =>
    expect(profile.faults.filter(({ rule, because }) => !ruleById(rule) || because === null)).toEqual([]));

  it('holds no path, port or name of the machine it was measured on', () =>
    expect(JSON.stringify(profile)).not.toMatch(/wsgiscope-quirks|\/(?:tmp|home|root)\/|127\.0\.0\.1:\d/));
});
