import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { WorkerDeployment } from '../../spec/deployment.ts';
import { modWsgiReleases } from '../../spec/deployments/apache.ts';
import { gunicornWorkerClasses } from '../../spec/deployments/gunicorn.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import type { Rule, Run } from '../../spec/rules/rule.ts';
import type { Step } from '../../spec/scenario.ts';
import { happeningKinds } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import type { World } from '../../spec/world.ts';
import { gatewayWorld } from '../../src/gateway/gateway-world.ts';
import { type Finding, judge } from '../../src/judge/judge.ts';
import { situations } from '../../src/probe/situations.ts';
import { endingsOf, type WorkerEnding } from '../../src/probe/worker-endings.ts';
import { workerSituations } from '../../src/probe/worker-situations.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';
import { anyGunicorn, anyPlain, anyUwsgi } from '../arbitraries/worker-deployments.ts';
import { deciding, everything } from '../mutants/mutant.ts';
import { mutants } from '../mutants/mutants.ts';
import { outside, pairs, seenFrom } from '../mutants/proof.ts';
import { embeddedOn, expansions } from '../mutants/stages.ts';
import { type ApacheOccasion, apacheOccasions, situationsOn } from '../targets/apache-occasions.ts';

const seed = 7;
const everyKind = new Set(happeningKinds);
const finding = (run: Run, rule: Rule, sees: World['sees'] = everyKind): Finding | undefined =>
  judge(seenFrom(run, sees), [rule], sees)[0];
const broken = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ verdict }) => ['fail', 'warn', 'harness-failed'].includes(verdict));

const anyWorkers: fc.Arbitrary<WorkerDeployment> = fc.oneof(
  fc.constantFrom(...gunicornWorkerClasses).chain((workerClass) => anyGunicorn({ workerClass })),
  fc.constantFrom('processes', 'threads', 'lazy-apps', 'interpreters').chain((about) => anyUwsgi({ about })),
  anyPlain({ server: 'waitress', threads: fc.integer({ min: 1, max: 8 }) }),
);

/** gunicorn tells its only worker that it is alone also when it is not. Source: rule FLAG-GUNI-02. */
const isJoinedByOthers = (deployment: WorkerDeployment): boolean =>
  deployment.kind === 'gunicorn' && deployment.workers === 1;

const cases = pairs(mutants).map(({ rule, mutant }) => ({ id: rule.id, rule, mutant }));
const killed = new Set<string>();
const killedFromOutside = new Set<string>();

describe('the rules', () => {
  it('all hold on a sound server, whatever its deployment is', () =>
    fc.assert(
      fc.property(
        fc
          .constantFrom(...modWsgiReleases)
          .chain((modWsgi) => anyDeployment({ scripts: ['/srv/a.wsgi', '/srv/b.wsgi'], ports: [8080, 80], modWsgi })),
        fc.integer({ min: 1 }),
        (deployment, ofRun) => {
          const run = { deployment, trace: simulate(situations(deployment), { seed: ofRun }) };
          expect(broken(judge(run, rules, everyKind))).toEqual([]);
          expect(broken(judge(seenFrom(run, outside), rules, outside))).toEqual([]);
        },
      ),
      { numRuns: 40 },
    ));

  it('all hold on a sound server of workers, whatever it is and however it ends', () =>
    fc.assert(
      fc.property(
        anyWorkers.chain((deployment) =>
          fc.record({
            deployment: fc.constant(deployment),
            ending: fc.constantFrom<WorkerEnding | undefined>(undefined, ...endingsOf(deployment)),
          }),
        ),
        fc.integer({ min: 1 }),
        ({ deployment, ending }, ofRun) => {
          const run = { deployment, trace: simulate(workerSituations(deployment, ending), { seed: ofRun }) };
          const known = isJoinedByOthers(deployment) ? ['FLAG-PEP-02'] : [];
          for (const sees of [everyKind, outside])
            expect(broken(judge(seenFrom(run, sees), rules, sees)).filter(({ rule }) => !known.includes(rule))).toEqual(
              [],
            );
        },
      ),
      { numRuns: 20 },
    ));

  it('only warn of what mod_wsgi is known to do on CPython 3.11', () => {
    const strays = deciding({
      interpreterKey: ({ process, applicationGroup }) => `${process}/${applicationGroup || 'from-env'}`,
    });
    const run = { deployment: expansions, trace: strays(everything(expansions), seed) };
    const found = broken(judge(run, rules, everyKind));
    expect(found.map(({ rule, verdict }) => [rule, verdict])).toEqual([['ISO-INTERP-06', 'warn']]);
  });
});

describe('a graceful restart where one child is allowed', () => {
  it.each([
    ['worker', { ServerLimit: 1 }],
    ['event', { ServerLimit: 2 }],
  ] as const)('is known to let two meet that both say they are alone, under %s', (mpm, limit) => {
    const deployment = embeddedOn(mpm, { StartServers: 1, ThreadsPerChild: 2, MaxRequestWorkers: 2, ...limit });
    const to = { host: 'example.org', port: 8080, path: '/a' };
    const [first, second] = [requestId(1), requestId(2)];
    const steps: readonly Step[] = [
      { do: 'hold', request: first, to },
      { do: 'act', act: { kind: 'server-signal', signal: 'SIGUSR1' } },
      { do: 'hold', request: second, to },
      { do: 'release', requests: [first, second] },
    ];
    const run = { deployment, trace: simulate({ deployment, steps }, { seed }) };
    expect(broken(judge(run, rules, everyKind)).map(({ rule, verdict }) => [rule, verdict])).toEqual([
      ['FLAG-PEP-02', 'warn'],
    ]);
  });
});

/** What the gateway does on an occasion; it goes through each of them once. */
function onTheGateway(occasion: ApacheOccasion): Promise<readonly Finding[]> {
  const { deployment } = occasion;
  const known = wentThrough.get(occasion);
  const world = gatewayWorld();
  const findings =
    known ?? world.run(situationsOn(occasion)).then((trace) => judge({ deployment, trace }, rules, world.sees));
  wentThrough.set(occasion, findings);
  return findings;
}
const wentThrough = new Map<ApacheOccasion, Promise<readonly Finding[]>>();

// Side by side: each of them waits, most of its time, for a deadline or for the next look of idle maintenance.
describe.concurrent('the gateway', () => {
  it.each(apacheOccasions)('keeps every rule with $name', async (occasion) => {
    const findings = await onTheGateway(occasion);
    expect(broken(findings)).toEqual([]);
    expect(findings.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThan(15);
  });
});

describe('every rule about Apache', () => {
  const about = rules.filter(({ appliesTo }) => appliesTo.some((subject) => /^apache|mod_wsgi|^any/.test(subject)));
  const unexercised = (findings: readonly Finding[]): readonly string[] => {
    const passed = new Set(findings.flatMap(({ rule, verdict }) => (verdict === 'pass' ? [rule] : [])));
    return about.map(({ id }) => id).filter((id) => !passed.has(id));
  };

  it('is exercised by the occasions on the simulator', () => {
    const found = apacheOccasions.flatMap((occasion) => {
      const { deployment } = occasion;
      return judge({ deployment, trace: simulate(situationsOn(occasion), { seed }) }, rules, everyKind);
    });
    expect(broken(found)).toEqual([]);
    expect(unexercised(found)).toEqual([]);
  });

  it('is exercised by the occasions on the gateway', async () => {
    const found = await Promise.all(apacheOccasions.map(onTheGateway));
    expect(unexercised(found.flat())).toEqual([]);
  });
});

describe('every rule', () => {
  it('has a mutant of its own, and every mutant names rules that exist', () => {
    const ids = rules.map(({ id }) => id);
    const broken = new Set(mutants.flatMap(({ breaks }) => breaks));
    expect(ids.filter((id) => !broken.has(id))).toEqual([]);
    expect([...broken].filter((id) => !ids.includes(id))).toEqual([]);
  });

  it.each(cases)('$id passes on a sound server and fails on one that $mutant.name', ({ id, rule, mutant }) => {
    const { deployment } = mutant.scenario;
    const sound = { deployment, trace: simulate(mutant.scenario, { seed }) };
    const unsound = { deployment, trace: mutant.run(mutant.scenario, seed) };
    expect(finding(sound, rule), `seed ${seed}`).toMatchObject({ verdict: 'pass' });
    const found = finding(unsound, rule);
    const unkept = rule.level === 'must' ? 'fail' : 'warn';
    expect(found, `seed ${seed}`).toMatchObject({ verdict: unkept, exercised: expect.any(Number) });
    // Every piece of evidence points at events of the run.
    const seqs = new Set(unsound.trace.map(({ seq }) => seq));
    if (found?.verdict === unkept)
      for (const { seqs: shown } of found.evidence) for (const seq of shown) expect(seqs).toContain(seq);
    killed.add(id);
    if (finding(unsound, rule, outside)?.verdict === unkept) killedFromOutside.add(id);
  });

  afterAll(() => {
    console.log(
      `mutation score: ${killed.size} of ${rules.length} rules kill one of ${mutants.length} mutants, ${killedFromOutside.size} of them from outside the server`,
    );
  });
});
