import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../spec/deployment.ts';
import { modWsgiReleases } from '../../spec/deployments/apache.ts';
import { gunicornWorkerClasses } from '../../spec/deployments/gunicorn.ts';
import { accept } from '../../spec/model/acceptor.ts';
import type { Scenario, Step } from '../../spec/scenario.ts';
import { happeningKinds, type Trace } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { Asking, situations } from '../../src/probe/situations.ts';
import { endingsOf, type WorkerEnding } from '../../src/probe/worker-endings.ts';
import { workerSituations } from '../../src/probe/worker-situations.ts';
import { aDaemonGroup, aDeployment } from '../../src/simulator/a-deployment.ts';
import { ask } from '../../src/simulator/a-run.ts';
import { aGunicorn } from '../../src/simulator/a-worker-deployment.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';
import { anySchedule } from '../arbitraries/schedules.ts';
import { anyGunicorn, anyPlain, anyUwsgi } from '../arbitraries/worker-deployments.ts';
import { shortest } from '../kit/shrink.ts';
import { mutants } from '../mutants/mutants.ts';
import { outside, seenFrom } from '../mutants/proof.ts';

const anyApache: fc.Arbitrary<Deployment> = fc
  .constantFrom(...modWsgiReleases)
  .chain((modWsgi) => anyDeployment({ scripts: ['/srv/a.wsgi', '/srv/b.wsgi'], ports: [8080, 80], modWsgi }));
const anyWorkers = fc.oneof(
  fc.constantFrom(...gunicornWorkerClasses).chain((workerClass) => anyGunicorn({ workerClass })),
  fc.constantFrom('processes', 'threads', 'lazy-apps', 'interpreters').chain((about) => anyUwsgi({ about })),
  anyPlain({ server: 'waitress', threads: fc.integer({ min: 1, max: 8 }) }),
);

/** Schedules one after the other, as a check has them. */
const scheduled = (deployment: Deployment): fc.Arbitrary<Scenario> =>
  fc.array(anySchedule(deployment), { minLength: 1, maxLength: 6 }).map((schedules) => {
    const asking = new Asking();
    return { deployment, steps: schedules.flatMap((schedule) => schedule(asking).steps) };
  });

const anyScenario: fc.Arbitrary<Scenario> = fc.oneof(
  anyApache.chain(scheduled),
  anyWorkers.chain(scheduled),
  anyApache.map((deployment) => situations(deployment as Parameters<typeof situations>[0])),
  anyWorkers.chain((deployment) =>
    fc
      .constantFrom<WorkerEnding | undefined>(undefined, ...endingsOf(deployment))
      .map((ending) => workerSituations(deployment, ending)),
  ),
);

describe('the model', () => {
  it(
    'takes every trace of a sound server, whatever it is, whatever is done to it, and however little is seen',
    {
      timeout: 120_000,
    },
    () =>
      fc.assert(
        fc.property(anyScenario, fc.integer({ min: 1 }), ({ deployment, steps }, seed) => {
          const trace = simulate({ deployment, steps }, { seed });
          for (const sees of [new Set(happeningKinds), outside])
            expect(accept(deployment, seenFrom({ deployment, trace }, sees).trace)).toEqual({
              kind: 'taken',
              judged: expect.any(Number),
            });
        }),
        { numRuns: 40 },
      ),
  );

  it('says what it held possible where a worker of one request takes two', () => {
    const deployment = aGunicorn({ workerClass: 'sync', workers: 1, threads: 1 });
    const to = { host: 'localhost', port: deployment.listens[0]?.port ?? 0, path: '/' };
    const [first, second] = [requestId(1), requestId(2)];
    const steps: readonly Step[] = [
      { do: 'hold', request: first, to },
      { do: 'crowd', request: second, to },
      { do: 'release', requests: [first, second] },
    ];
    const sound = simulate({ deployment, steps }, { seed: 7 });
    expect(accept(deployment, sound).kind).toBe('taken');
    // The second one is seen inside before the first is let go.
    const seen = sound.find((event) => event.kind === 'observation' && event.request === second);
    const hasty = sound.flatMap((event) =>
      event === seen
        ? []
        : event.kind === 'request.released' && event.request === first && seen
          ? [seen, event]
          : [event],
    );
    expect(
      accept(
        deployment,
        hasty.map((event, index) => ({ ...event, seq: index + 1 })),
      ),
    ).toMatchObject({
      kind: 'refused',
      says: expect.stringMatching(
        /^r2 ran in process \d+, which could not take it: it was .*serving with one request inside/,
      ),
    });
  });
});

describe('a request that its server gave up', () => {
  it('may be seen in a process afterwards', () => {
    const deployment = aDeployment({ '/shop': { processGroup: 'shop' } }, { daemons: [aDaemonGroup('shop')] });
    const sound = simulate({ deployment, steps: [ask(1, '/shop'), ask(2, '/shop')] }, { seed: 7 });
    const seen = sound.find((event) => event.kind === 'observation' && event.request === requestId(1));
    const late = sound.flatMap((event): Trace => {
      if (event === seen) return [];
      const isOver = event.kind === 'request.finished' && event.request === requestId(1);
      return isOver && seen ? [{ ...event, status: 504 }, seen] : [event];
    });
    const seenFromOutside = seenFrom(
      { deployment, trace: late.map((event, index) => ({ ...event, seq: index + 1 })) },
      outside,
    );
    expect(accept(deployment, seenFromOutside.trace).kind).toBe('taken');
  });
});

describe('a daemon process that has its last request', () => {
  /** One process takes eight requests, one after the other, although it may have three. */
  const taken = (threads: number): string => {
    const group = (maximumRequests: number) =>
      aDeployment(
        { '/shop': { processGroup: 'shop' } },
        { daemons: [aDaemonGroup('shop', { threads, maximumRequests })] },
      );
    const steps = Array.from({ length: 8 }, (_, index) => ask(index + 1, '/shop'));
    const trace = simulate({ deployment: group(0), steps }, { seed: 7 });
    return accept(group(3), seenFrom({ deployment: group(3), trace }, outside).trace).kind;
  };

  it('may take more while another thread has not counted what its client has already', () =>
    expect(taken(2)).toBe('taken'));

  it('may not where it has one thread', () => expect(taken(1)).toBe('refused'));
});

describe('an arbiter that halts', () => {
  const deployment = aGunicorn({ workerClass: 'sync', workers: 1, threads: 1 });
  const to = { host: 'localhost', port: deployment.listens[0]?.port ?? 0, path: '/' };
  /** A worker ends with this code; nobody follows it, and somebody asks in vain for longer than a replacement takes. */
  const halted = (code: number): Trace => {
    const [asked, later] = [requestId(1), requestId(2)];
    const behave = { kind: 'exit', code } as const;
    const steps: readonly Step[] = [{ do: 'request', request: asked, to, behave }];
    const trace = simulate({ deployment, steps }, { seed: 7 });
    const last = trace.findIndex(({ kind }) => kind === 'process.vanished');
    const at = (trace[last]?.at ?? 0) + 60_000;
    const after = [
      { kind: 'request.sent', request: later, to, method: 'GET' },
      { kind: 'request.failed', request: later, reason: 'refused' },
    ] as const;
    return [...trace.slice(0, last + 1), ...after.map((event) => ({ ...event, at }))].map(
      (event, index) => ({ ...event, seq: index + 1 }) as Trace[number],
    );
  };

  it.each([3, 4])('may leave a worker that exits with %i without a successor', (code) =>
    expect(accept(deployment, halted(code)).kind).toBe('taken'),
  );

  it('may not where a worker exits with anything else', () =>
    expect(accept(deployment, halted(1))).toMatchObject({
      kind: 'refused',
      says: expect.stringContaining('a process was not there'),
    }));
});

describe('a server that does what no machine does', () => {
  const caught = mutants.filter(({ breaks }) => breaks.includes('MODEL-01'));

  it('is found in many ways', () => expect(caught.length).toBeGreaterThan(6));

  it.each(caught.map((mutant) => [mutant.name, mutant] as const))(
    'is found where it %s, by a short schedule',
    {
      timeout: 60_000,
    },
    async (_, mutant) => {
      const { deployment } = mutant.scenario;
      const fails = async (steps: readonly Step[]): Promise<boolean> =>
        accept(deployment, mutant.run({ deployment, steps }, 7)).kind === 'refused';
      expect(await fails(mutant.scenario.steps)).toBe(true);
      let runs = 0;
      const steps = await shortest(mutant.scenario.steps, fails, () => runs++ < 150);
      expect(steps.length).toBeLessThanOrEqual(12);
    },
  );
});
