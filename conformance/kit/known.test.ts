import { describe, expect, it } from 'vitest';
import { type CheckVerdict, checkExitCode, type ResultRecord } from '../../spec/check-record.ts';
import { isKnown, type KnownFinding, staleEntries } from './known.ts';

const result = (target: string, verdict: CheckVerdict, known: string | null = null): ResultRecord => ({
  kind: 'result',
  target,
  rule: 'PEP-HDR-02',
  level: 'should',
  area: 'flags',
  verdict,
  case: null,
  token: null,
  detail: { exercised: 1, evidence: [], because: null, again: null, story: null, known },
});
const entry = (target: string, verdict: KnownFinding['verdict'] = 'fail'): KnownFinding => ({
  target,
  rule: 'PEP-HDR-02',
  verdict,
  because: 'gunicorn passes them on',
});

describe('a known finding', () => {
  it('covers the target it names, or every target that begins so', () => {
    expect(isKnown(result('gunicorn-sync', 'fail'), [entry('gunicorn-*')])).toBe('gunicorn passes them on');
    expect(isKnown(result('gunicorn-sync', 'fail'), [entry('gunicorn-sync')])).not.toBeNull();
    expect(isKnown(result('uwsgi', 'fail'), [entry('gunicorn-*')])).toBeNull();
    expect(isKnown(result('gunicorn-sync', 'pass'), [entry('gunicorn-*')])).toBeNull();
  });

  it('is out of date where the rule was decided and kept by all it names', () => {
    expect(staleEntries([result('gunicorn-sync', 'pass')], [entry('gunicorn-*')])).toHaveLength(1);
    expect(
      staleEntries([result('gunicorn-sync', 'pass'), result('gunicorn-gevent', 'fail')], [entry('gunicorn-*')]),
    ).toEqual([]);
    expect(staleEntries([result('gunicorn-sync', 'not-exercised')], [entry('gunicorn-*')])).toEqual([]);
    expect(staleEntries([result('gunicorn-sync', 'pass')], [entry('gunicorn-*', 'flaky')])).toEqual([]);
  });

  it('does not fail a check, and does once it is out of date', () => {
    expect(checkExitCode([result('a', 'fail')], [])).toBe(1);
    expect(checkExitCode([result('a', 'fail', 'known')], [])).toBe(0);
    expect(checkExitCode([result('a', 'pass')], [{ target: 'a', rule: 'PEP-HDR-02', because: 'known' }])).toBe(1);
    expect(checkExitCode([result('a', 'not-exercised')], [])).toBe(2);
    expect(checkExitCode([result('a', 'harness-failed'), result('a', 'fail')], [])).toBe(3);
    expect(checkExitCode([result('a', 'pass')], [], { broke: true })).toBe(3);
    expect([false, true].map((strict) => checkExitCode([result('a', 'warn')], [], { strict }))).toEqual([0, 1]);
  });
});
