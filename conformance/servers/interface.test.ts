import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../spec/deployment.ts';
import { ruleById, rules } from '../../spec/rules/catalogue.ts';
import type { Step } from '../../spec/scenario.ts';
import { judge } from '../../src/judge/judge.ts';
import { isPerforming } from '../../src/probe/pep-situations.ts';
import { situationsOf } from '../../src/probe/situations.ts';
import { workerSituationsOf } from '../../src/probe/worker-situations.ts';
import { knownFindingsSchema } from '../kit/known.ts';
import { ownTemporaryDirectory, tested } from './server-test.ts';

const leftovers = ownTemporaryDirectory();
const known = v.parse(
  knownFindingsSchema,
  JSON.parse(readFileSync(new URL('../results/known.json', import.meta.url), 'utf8')),
);
const knownOf = (id: string, how: 'fail' | 'flaky'): readonly string[] =>
  known.flatMap(({ target, rule, verdict }) =>
    verdict === how &&
    ruleById(rule)?.area === 'interface' &&
    (target === id || (target.endsWith('*') && id.startsWith(target.slice(0, -1))))
      ? [rule]
      : [],
  );
const ofInterface = rules.filter(({ area }) => area === 'interface');

const performing = (deployment: Deployment): readonly Step[] =>
  (deployment.kind === 'apache' ? situationsOf(deployment) : workerSituationsOf(deployment))
    .filter(isPerforming)
    .flatMap(({ steps }) => steps);

const ids = ['apache-event-embedded', 'apache-event-daemon', 'gunicorn-sync', 'gunicorn-gthread', 'gunicorn-gevent'];
const more = ['uwsgi-processes', 'uwsgi-threads', 'waitress', 'cheroot', 'werkzeug', 'wsgiref'];
const servers = await Promise.all([...ids, ...more].map((id) => tested(id)));

describe.each(servers)('$target.id $note', ({ target, isSkipped, world }) => {
  it.skipIf(isSkipped)('keeps PEP 3333 but for what is known', async () => {
    const deployment = fc
      .sample(target.deployments, { numRuns: 50, seed: 5 })
      .find((one) => performing(one).length > 0);
    if (!deployment) throw new Error('none of these deployments can perform programs');
    const { run, sees } = world();
    const trace = await run({ deployment, steps: performing(deployment) }, AbortSignal.timeout(120_000));
    const findings = judge({ deployment, trace }, ofInterface, sees);
    const against = findings.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ rule }) => rule);
    const always = against.filter((rule) => !knownOf(target.id, 'flaky').includes(rule));
    expect(always.toSorted()).toEqual(knownOf(target.id, 'fail').toSorted());
    expect(findings.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThan(10);
    expect(await leftovers()).toEqual([]);
  });
});

describe('what is known', () => {
  it.each(known)('of $target against $rule is told on a page', ({ rule, because }) => {
    expect(ruleById(rule)).toBeDefined();
    const page = /docs\/findings\/\S+\.md$/.exec(because)?.[0];
    expect(page && existsSync(new URL(`../../${page}`, import.meta.url))).toBe(true);
  });
});
