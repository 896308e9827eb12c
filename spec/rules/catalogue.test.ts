import { describe, expect, it } from 'vitest';
import { happeningKinds } from '../trace.ts';
import { ruleById, rules } from './catalogue.ts';
import { areas } from './rule.ts';

describe('the rule catalogue', () => {
  it('gives every rule an id of its own, in the form of the catalogue', () => {
    const ids = rules.map((rule) => rule.id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[A-Z]+(-[A-Z]+)?-\d\d$/.test(id))).toEqual([]);
  });

  it.each(rules.map((rule) => [rule.id, rule] as const))('tells of %s what, where from and why', (_, rule) => {
    expect(rule.says).toMatch(/^\S.*\.$/s);
    expect(rule.why).toMatch(/^\S.*\.$/s);
    expect(rule.says.match(/\.( |$)/g)).toHaveLength(1); // One sentence.
    expect(rule.source.every((source) => source.length > 10)).toBe(true);
    expect(areas).toContain(rule.area);
    expect(happeningKinds).toEqual(expect.arrayContaining([...rule.needs]));
  });

  it('lists the areas together and finds a rule by its id', () => {
    expect(rules.map(({ area }) => area)).toEqual(
      areas.flatMap((area) => rules.filter((rule) => rule.area === area).map(() => area)),
    );
    expect(ruleById('FLAG-DAEMON-01')?.area).toBe('flags');
    expect(ruleById('FLAG-DAEMON-99')).toBeUndefined();
  });
});
