import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleOf } from './path-situations.ts';

const anyWord = fc.stringMatching(/^[a-z]{1,8}$/);

describe('an example of what an expression matches', () => {
  it.each(['^/apps/([^/]+)', '^/([a-z]+)/(\\w+)$', '/x(?:.*)', '^/(one|two)/api', '^/plain$', '^/[^/]+/api'])(
    'is matched by %s, whatever the word',
    (expression) =>
      fc.assert(
        fc.property(anyWord, (word) => {
          expect(exampleOf(expression, word)).toMatch(new RegExp(expression));
        }),
      ),
  );
});
