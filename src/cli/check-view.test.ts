import { describe, expect, it } from 'vitest';
import { aHeader } from '../../conformance/arbitraries/check-results.ts';
import { type CheckFooter, type CheckHeader, countVerdicts, type ResultRecord } from '../../spec/check-record.ts';
import { capturedShell } from './captured-shell.ts';
import { CheckView } from './check-view.ts';

const [{ id: first }, , { id: third }] = aHeader.targets as [{ id: string }, unknown, { id: string }];
const pass = (rule: string) => ({ rule, level: 'must' as const, verdict: 'pass' as const, exercised: 1 });
const fail = (rule: string) => ({ ...pass(rule), verdict: 'fail' as const, evidence: [] });

const failed = (rule: string, known: string | null): ResultRecord => ({
  ...{ kind: 'result', target: first, rule, level: 'must', area: 'flags', verdict: 'fail', case: null, token: null },
  detail: { exercised: 1, evidence: [], because: null, again: null, story: null, known },
});

function viewOn(height: number) {
  let shown = '';
  const shell = capturedShell({
    height,
    progress: (text) => {
      shown = text;
    },
  });
  const view = new CheckView(shell);
  view.hear(aHeader);
  return { view, rows: () => shown.split('\n'), said: () => shell.written().out };
}
const row = (rows: readonly string[], id: string): string | undefined => rows.find((line) => line.includes(id));

describe('the end of a check', () => {
  const end = (header: Partial<CheckHeader>, rare: string | null, counts: Partial<CheckFooter['counts']>): string => {
    const shell = capturedShell();
    const view = new CheckView(shell, (id) => id === rare);
    view.hear({ ...aHeader, ...header });
    view.hear({
      kind: 'footer',
      counts: { ...countVerdicts([]), ...counts },
      stale: [],
      ms: 1,
      exitCode: 0,
    });
    return shell.written().out;
  };

  it('names what would try more, where there is more and it was not tried', () => {
    const some = { 'not-exercised': 3 };
    expect(end({}, first, some)).toContain('--thorough');
    const tried = aHeader.targets.map((target) => ({ ...target, rare: 2 }));
    expect(end({ targets: tried }, first, some)).not.toContain('--thorough');
    expect(end({}, null, some)).not.toContain('--thorough');
    expect(end({}, first, { pass: 3 })).not.toContain('--thorough');
  });
});

describe('the table of a check that is under way', () => {
  it('counts what is known so far, and never forgets what was against a rule', () => {
    const { view, rows } = viewOn(40);
    view.progress(first, 'history 0');
    view.soFar(first, [pass('FLAG-PEP-01'), pass('FLAG-PEP-02')]);
    expect(row(rows(), first)).toMatch(/2✓ +history 0$/);
    view.soFar(first, [fail('FLAG-PEP-02'), pass('FLAG-PEP-01')]);
    view.soFar(first, [pass('FLAG-PEP-02')]);
    expect(row(rows(), first)).toMatch(/1✕ 1✓ +history 0$/);
    view.progress(first, '');
    expect(row(rows(), first)).toMatch(/1✕ 1✓$/);
  });

  it('has a row for every target, and on a terminal too low for them for what is under way', () => {
    for (const [height, others] of [
      [40, true],
      [4, false],
    ] as const) {
      const { view, rows } = viewOn(height);
      view.progress(third, 'history 2');
      expect(row(rows(), third)).toContain('history 2');
      expect(row(rows(), first) !== undefined).toBe(others);
    }
  });

  it('says of runs in which nothing happened how many they were', () => {
    const { view, said } = viewOn(40);
    const history = { kind: 'history', target: first, history: 3, cases: 1, requests: 1, events: 1, ms: 1 } as const;
    view.hear({ ...history, broke: null, stuck: { shown: 1, of: 2 } });
    expect(said()).toContain(`was stuck: history 3 of ${first}: nothing happened in 1 of 2 tries`);
    const counts = countVerdicts([]);
    view.hear({ kind: 'footer', counts, stale: [], stuck: { shown: 1, of: 9 }, ms: 1, exitCode: 0 });
    expect(said()).toContain('was stuck: 1 of 9 runs');
  });

  it('names at the end what it exits for, and nothing that is known', () => {
    const { view, said } = viewOn(40);
    const results = [failed('FLAG-PEP-01', null), failed('FLAG-PEP-02', 'as its manual says')];
    for (const result of results) view.hear(result);
    const before = said().length;
    view.hear({ kind: 'footer', counts: countVerdicts(results), stale: [], ms: 1, exitCode: 1 });
    const named = said()
      .slice(before)
      .split('\n')
      .filter((line) => line.includes('FLAG-PEP'));
    expect(named).toEqual([`broken, and not known: FLAG-PEP-01 on ${first}`]);
  });
});
