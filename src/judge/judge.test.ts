import { describe, expect, it } from 'vitest';
import { type ApacheDeployment, noFiles } from '../../spec/deployments/apache.ts';
import { defaultGroup } from '../../spec/deployments/defaults.ts';
import type { Judgement, Rule, Run } from '../../spec/rules/rule.ts';
import { plainLimits } from '../../spec/serving/request-limits.ts';
import { plainServer } from '../../spec/serving/surroundings.ts';
import { happeningKinds, type Trace } from '../../spec/trace.ts';
import { millis, type ProcessGroupName, processId } from '../../spec/vocabulary.ts';
import { exitCode, type Finding, judge } from './judge.ts';

const everything = new Set(happeningKinds);
const deployment: ApacheDeployment = {
  kind: 'apache',
  server: { mpm: 'event', modWsgi: '5' },
  listens: [{ address: '*', port: 80 }],
  children: {
    startServers: 2,
    threadsPerChild: 25,
    maxRequestWorkers: 150,
    serverLimit: 16,
    threadLimit: 64,
    spare: { min: 75, max: 250 },
    maxConnectionsPerChild: 0,
    listenBacklog: 511,
    gracefulShutdownTimeout: millis(0),
  },
  daemons: [],
  hosts: [
    {
      serverName: 'example.org',
      serverPort: null,
      serverAliases: [],
      addresses: [],
      scriptAliases: [],
      files: noFiles,
      settings: {},
      sections: [],
    },
  ],
  preloads: [],
  restrictEmbedded: false,
  surroundings: plainServer,
  limits: plainLimits,
};
const run: Run = { deployment, trace: [] };
const withDaemon: ApacheDeployment = {
  ...deployment,
  daemons: [{ name: 'shop' as ProcessGroupName, host: 0, ...defaultGroup }],
};
const rule = (answer: Judgement | Error, more: Partial<Rule> = {}): Rule => ({
  id: 'TEST-01',
  level: 'must',
  area: 'flags',
  says: 'A rule.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation'],
  source: ['nothing'],
  why: 'It is a test.',
  judge: () => {
    if (answer instanceof Error) throw answer;
    return answer;
  },
  ...more,
});
const verdict = (one: Rule, sees = everything) => judge(run, [one], sees)[0];
const broken: Judgement = { kind: 'fail', exercised: 2, evidence: [{ says: 'it broke', seqs: [1, 2] }] };

describe('judging a run', () => {
  it('tells what a rule found, and how often it was put to the test', () => {
    expect(verdict(rule({ kind: 'pass', exercised: 3 }))).toEqual({
      rule: 'TEST-01',
      level: 'must',
      verdict: 'pass',
      exercised: 3,
    });
    expect(verdict(rule(broken))).toMatchObject({ verdict: 'fail', evidence: [{ says: 'it broke', seqs: [1, 2] }] });
  });

  it('only warns of a broken SHOULD and of a defect that the real server has', () => {
    expect(verdict(rule(broken, { level: 'should' }))).toMatchObject({ verdict: 'warn' });
    expect(verdict(rule({ ...broken, kind: 'known-defect' }))).toMatchObject({ verdict: 'warn' });
  });

  it('does not ask a rule about what the world cannot see, and names that', () => {
    const blind = new Set(happeningKinds.filter((kind) => kind !== 'observation'));
    expect(verdict(rule(broken), blind)).toMatchObject({
      verdict: 'not-exercised',
      because: 'this world does not show observation',
    });
  });

  it('shows what a world sees of daemon processes alone to rules about those alone that need it', () => {
    const trace: Trace = [
      { seq: 1, at: millis(0), kind: 'process.ready', process: processId('shop' as ProcessGroupName, 1) },
      { seq: 2, at: millis(1), kind: 'import.stalled', script: '/srv/a.wsgi' },
    ];
    const seenBy = (more: Partial<Rule>): readonly string[] => {
      let kinds: readonly string[] = [];
      const counting: Rule = {
        ...rule(broken, more),
        judge: (one) => {
          kinds = one.trace.map(({ kind }) => kind);
          return broken;
        },
      };
      judge({ deployment: withDaemon, trace }, [counting], new Set(['import.stalled']), new Set(['process.ready']));
      return kinds;
    };
    expect(seenBy({ appliesTo: ['mod_wsgi-daemon'], needs: ['process.ready'] })).toHaveLength(2);
    expect(seenBy({ appliesTo: ['mod_wsgi-daemon'], needs: ['import.stalled'] })).toEqual(['import.stalled']);
    expect(seenBy({ appliesTo: ['any-wsgi-server'], needs: ['import.stalled'] })).toEqual(['import.stalled']);
    expect(seenBy({ appliesTo: ['any-wsgi-server'], needs: ['process.ready'] })).toEqual([]);
  });

  it('does not ask a rule about another kind of deployment or another release', () => {
    expect(verdict(rule(broken, { appliesTo: ['mod_wsgi-daemon'] }))).toMatchObject({ verdict: 'not-applicable' });
    expect(verdict(rule(broken, { appliesTo: ['apache-event-embedded'] }))).toMatchObject({ verdict: 'fail' });
    expect(verdict(rule(broken, { since: '6' }))).toMatchObject({ verdict: 'not-applicable' });
    expect(verdict(rule(broken, { until: '4.9' }))).toMatchObject({ verdict: 'not-applicable' });
    expect(verdict(rule(broken, { since: '4.9', until: '6' }))).toMatchObject({ verdict: 'fail' });
  });

  it('blames itself for a rule that breaks', () => {
    expect(verdict(rule(new Error('oh')))).toMatchObject({ verdict: 'harness-failed', because: 'oh' });
  });
});

describe('the exit code', () => {
  const of = (...verdicts: readonly Finding['verdict'][]) =>
    exitCode(verdicts.map((verdict) => ({ rule: 'TEST-01', level: 'must', verdict }) as Finding));

  it('is 0 where all that was decided holds', () => expect(of('pass', 'warn', 'not-exercised')).toBe(0));
  it('is 1 where a rule failed', () => expect(of('pass', 'fail', 'not-applicable')).toBe(1));
  it('is 2 where nothing was decided', () => expect([of('not-exercised', 'not-applicable'), of()]).toEqual([2, 2]));
  it('is 3 where the kit itself broke, whatever else happened', () =>
    expect(of('fail', 'harness-failed', 'pass')).toBe(3));
});
