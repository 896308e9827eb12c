import { describe, expect, it } from 'vitest';
import { hazardsOf } from './hazards-of.ts';

describe('a directive that goes away', () => {
  const text = 'Listen 80\nWSGILazyInitialization On\nWSGIScriptAlias / /srv/a.wsgi\n';
  const named = (modWsgi: '4.9' | '5') => hazardsOf(text, { modWsgi }).filter((hazard) => hazard.code === 'HAZ095');

  it('is named before the release that refuses it', () => {
    expect(named('4.9')).toMatchObject([{ line: 2, severity: 'info', message: expect.stringContaining('mod_wsgi 6') }]);
    expect(named('5')).toHaveLength(1);
  });

  it('is an error in that release, and no hazard any more', () => {
    expect(() => hazardsOf(text, { modWsgi: '6' })).toThrow(/WSGILazyInitialization/);
  });
});
