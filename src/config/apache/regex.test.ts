import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { regexProblem } from './regex.ts';

describe('A pattern', () => {
  it('of ordinary characters compiles, and so does any text that is escaped', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(regexProblem(text.replace(/[^A-Za-z0-9]/g, '\\$&'))).toBeNull();
      }),
    ));

  it('compiles inside a group, a class of its own, or before an alternative when it compiles alone', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '.', 'b*', '[c-e]', '(f|g)', '\\d+?', '(?:h){2,3}', '^', '$')),
        (parts) => {
          const pattern = parts.join('');
          expect(regexProblem(pattern)).toBeNull();
          expect(regexProblem(`(${pattern})?|x`)).toBeNull();
        },
      ),
    ));

  // As PCRE2 10.42 answers.
  it.each([
    'a++',
    '(?i)a',
    'a{,3}',
    '{',
    '[]a]',
    '[[:alpha:]]',
    '(?<n>a)\\k<n>',
    '(a)(?1)',
    '(?(1)a|b)(c)',
    '\\Q(\\E',
    '(*UTF)a',
    '\\12',
    '(?|(a)|(b))\\1',
  ])('compiles: %s', (pattern) => expect(regexProblem(pattern)).toBeNull());

  it.each([
    '(',
    ')',
    '[a',
    '*',
    'a**',
    '^*',
    '$+',
    '\\b?',
    'a|*',
    'a{3,2}',
    'a{65536}',
    '[z-a]',
    '[\\d-z]',
    '[:alpha:]',
    '[[:foo:]]',
    '\\1',
    '\\k<n>',
    '\\y',
    '\\',
    '\\c',
    '(?',
    '(?z)',
    '(*FOO)',
    '(a)\\2',
    '(?1)',
    'a{2}{3}',
  ])('does not compile: %s', (pattern) => expect(regexProblem(pattern)).not.toBeNull());
});
