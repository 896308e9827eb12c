import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crowd, hold, release } from '../../src/simulator/a-run.ts';
import { aGunicorn, aPlainServer, aUwsgi } from '../../src/simulator/a-worker-deployment.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import type { WorkerDeployment } from '../deployment.ts';
import type { Step } from '../scenario.ts';
import { eventsOf, type Trace } from '../trace.ts';
import { fromSeconds, type Millis, millis, requestId } from '../vocabulary.ts';
import { groupedBy } from './histories.ts';
import { hostingOf } from './hosting.ts';

const anySeconds = fc.integer({ min: 3, max: 90 }).map(fromSeconds);
const size = { min: 1, max: 4 };
const anyDeployment: fc.Arbitrary<WorkerDeployment> = fc.oneof(
  fc.record({ workers: fc.integer(size), timeout: anySeconds }).map((options) => aGunicorn(options)),
  fc
    .record({ workers: fc.integer(size), threads: fc.integer(size), timeout: anySeconds })
    .map((options) => aGunicorn({ ...options, workerClass: 'gthread' })),
  fc
    .record({ processes: fc.integer(size), threads: fc.integer(size), harakiri: anySeconds })
    .map((options) => aUwsgi(options)),
  fc.record({ processes: fc.integer(size), threads: fc.integer(size) }).map((options) => aPlainServer(options)),
);

const promised = (deployment: WorkerDeployment) => {
  const hosting = hostingOf(deployment, null);
  if (!hosting) throw new Error('a server of workers hosts its applications');
  return hosting;
};
const runOf = (deployment: WorkerDeployment, steps: readonly Step[], seed: number): Trace =>
  simulate({ deployment, steps }, { seed });
const inside = (id: number, atMost: number): readonly Step[] => [
  hold(id, '/'),
  { do: 'await-outcome', request: requestId(id), atMost: millis(atMost) },
  release(id),
];
const answered = (trace: Trace): boolean => eventsOf(trace, 'request.finished').length === 1;
/** As long as nothing but a limit ends it: more than any limit drawn here. */
const veryLong = 600_000;

describe('what a server promises of its processes', () => {
  it('is kept by a sound one that is filled: so many requests at once in a process, in so many processes, and no more', () =>
    fc.assert(
      fc.property(anyDeployment, fc.nat(999), (deployment, seed) => {
        const { processes, threads } = promised(deployment);
        const requests = Array.from({ length: processes * threads + 2 }, (_, index) => index + 1);
        const steps = [...requests.map((id) => crowd(id, '/')), release(...requests)];
        const trace = runOf(deployment, steps, seed);
        const released = eventsOf(trace, 'request.released')[0]?.seq ?? 0;
        const first = eventsOf(trace, 'observation').filter(({ seq }) => seq < released);
        const of = groupedBy(first, ({ seen }) => seen.process);
        expect(of.size).toBe(processes);
        for (const taken of of.values()) expect(taken).toHaveLength(threads);
      }),
      { numRuns: 40 },
    ));

  it('is that a request which takes less than its patience is answered; without an end of patience, however long it takes', () =>
    fc.assert(
      fc.property(anyDeployment, fc.nat(999), (deployment, seed) => {
        const { patience } = promised(deployment);
        const takes = patience === Number.POSITIVE_INFINITY ? veryLong : patience - 500;
        expect(answered(runOf(deployment, inside(1, takes), seed))).toBe(true);
      }),
      { numRuns: 40 },
    ));

  it.each<[string, WorkerDeployment, Millis]>([
    ['the timeout of a sync worker', aGunicorn({ timeout: fromSeconds(7) }), fromSeconds(7)],
    ['harakiri, by a clock of whole seconds', aUwsgi({ harakiri: fromSeconds(7) }), fromSeconds(6)],
  ])('ends with %s, and what takes longer is lost', (_, deployment, patience) => {
    expect(promised(deployment).patience).toBe(patience);
    expect(answered(runOf(deployment, inside(1, patience + 5000), 1))).toBe(false);
  });

  it.each<[string, WorkerDeployment]>([
    ['the timeout of a gthread worker', aGunicorn({ workerClass: 'gthread', timeout: fromSeconds(7) })],
    ['a timeout of 0', aGunicorn({ timeout: millis(0) })],
  ])('does not end with %s', (_, deployment) => {
    expect(promised(deployment).patience).toBe(Number.POSITIVE_INFINITY);
  });

  it('is nothing where the master may kill a worker at any moment', () => {
    for (const killed of [aUwsgi({ evilReloadOnRss: 100 }), aUwsgi({ idle: fromSeconds(5) })])
      expect(promised(killed).patience).toBe(0);
  });

  it('is no number that nobody told it', () => {
    const silent = { countsProcesses: false, countsThreads: false, replacesProcesses: false, reloadsOn: null };
    expect(promised(aPlainServer({ processes: 2, threads: 3, promises: silent }))).toMatchObject({
      processes: Number.POSITIVE_INFINITY,
      threads: Number.POSITIVE_INFINITY,
    });
  });
});
