import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** What the guide shows is run by docs/labs/labs.test.ts. */
it('shows every lifecycle in the guide of the gateway, where it is run', () => {
  const guide = readFileSync(new URL('../../gateway.md', import.meta.url), 'utf8');
  const shown = [...guide.matchAll(/^\$ python3 docs\/examples\/lifecycles\/watch\.py (\S+)$/gm)].map(
    ([, name]) => name,
  );
  const there = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.conf'));
  expect(shown.map((name) => `${name}.conf`).toSorted()).toEqual(there.toSorted());
});
