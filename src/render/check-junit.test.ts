import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aHeader, anyResult } from '../../conformance/arbitraries/check-results.ts';
import { checkJunit } from './check-junit.ts';

/** What a parser that is not ours makes of the documents: the counts that each suite says, and the cases it has. */
const parsed = (documents: readonly string[]): readonly (readonly Suite[])[] =>
  JSON.parse(
    execFileSync(
      'python3',
      [
        '-c',
        `
import json, sys
from xml.etree import ElementTree
def suite(element):
    children = [child.tag for case in element.iter('testcase') for child in case if child.tag != 'system-out']
    return {
        'name': element.get('name'),
        'says': {key: int(element.get(key)) for key in ('tests', 'failures', 'errors', 'skipped')},
        'has': {
            'tests': len(element.findall('testcase')),
            'failures': children.count('failure'),
            'errors': children.count('error'),
            'skipped': children.count('skipped'),
        },
    }
json.dump([[suite(s) for s in ElementTree.fromstring(d.encode()).findall('testsuite')] for d in json.load(sys.stdin)], sys.stdout)
`,
      ],
      { input: JSON.stringify(documents), encoding: 'utf8' },
    ),
  );

interface Suite {
  readonly name: string;
  readonly says: Counts;
  readonly has: Counts;
}
interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

describe('the results as JUnit XML', () => {
  it('are XML whatever servers sent, and say of every suite as many failures, errors and skipped as it has', () => {
    const all = fc.sample(fc.array(anyResult, { maxLength: 12 }), { numRuns: 300, seed: 7 });
    const documents = parsed(all.map((results) => checkJunit(aHeader, results)));
    for (const [index, suites] of documents.entries()) {
      expect(suites.map(({ name }) => name)).toEqual(aHeader.targets.map(({ id }) => id));
      for (const { says, has } of suites) expect(says).toEqual(has);
      const tests = suites.reduce((sum, { has }) => sum + has.tests, 0);
      expect(tests).toBe(all[index]?.length);
    }
  });

  it('fail where a rule is broken, and not where that is known', () => {
    const [result] = fc.sample(anyResult, { numRuns: 1, seed: 7 });
    if (!result) throw new Error('nothing was drawn');
    const broken = { ...result, verdict: 'fail' as const, target: aHeader.targets[0]?.id ?? '' };
    const [[unknown], [known]] = parsed(
      [null, 'they say so themselves'].map((why) =>
        checkJunit(aHeader, [{ ...broken, detail: { ...broken.detail, known: why } }]),
      ),
    ) as [[Suite], [Suite]];
    expect(unknown.has).toMatchObject({ failures: 1, skipped: 0 });
    expect(known.has).toMatchObject({ failures: 0, skipped: 1 });
  });
});
