import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aHeader, anyResult } from '../../../conformance/arbitraries/check-results.ts';
import { rules } from '../../../spec/rules/catalogue.ts';
import { checkPage } from './check-page.ts';

describe('the page of a check', () => {
  it('holds its records as they are, and nothing that a server sent ends the element they stand in', () =>
    fc.assert(
      fc.property(fc.array(anyResult, { maxLength: 6 }), (results) => {
        const records = [aHeader, ...results];
        const page = checkPage(records, rules);
        const [, text = ''] = /<script type="application\/json" id="records">(.*?)<\/script>/s.exec(page) ?? [];
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(records)));
        expect(page.match(/<script\b/g)).toHaveLength(3);
        expect(page.match(/<\/script>/g)).toHaveLength(3);
      }),
    ));

  it('asks nothing of another host', () => {
    const page = checkPage([aHeader], []);
    expect(page).not.toMatch(/<(?:script|img|iframe)[^>]+src=|<link|@import|url\(|fetch\(|XMLHttpRequest/);
  });
});
