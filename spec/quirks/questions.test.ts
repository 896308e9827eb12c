import { describe, expect, it } from 'vitest';
import { ruleById } from '../rules/catalogue.ts';
import { questionById, questions } from './questions.ts';

describe('questions that are put to servers', () => {
  it('have names of their own, which can stand in a link', () => {
    const ids = questions.map(({ id }) => id);
    expect(ids.filter((id) => !/^[a-z][a-z0-9-]+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(questionById('keep-alive')?.asks).toMatch(/second request/);
  });

  it('ask something, say where the standards stand, and have more than one answer', () => {
    for (const { asks, source, answers } of questions) {
      expect(asks).toMatch(/\?$/);
      expect(source).toMatch(/\.$/);
      expect(Object.keys(answers).length).toBeGreaterThan(1);
    }
  });

  it('name the rule that asks the same where there is one', () => {
    const named = questions.flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
    expect(named.filter((id) => ruleById(id) === undefined)).toEqual([]);
  });

  it('warn in whole sentences that need no other', () => {
    const warnings = questions.flatMap(({ answers }) => Object.values(answers).flatMap(({ warns }) => warns ?? []));
    expect(warnings.filter((text) => text.length < 25 || text.endsWith('.'))).toEqual([]);
  });
});
