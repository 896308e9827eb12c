import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aPlainServer } from '../../src/simulator/a-worker-deployment.ts';
import { hostingOf } from './hosting.ts';

describe('what a server promises of its processes', () => {
  it('is the numbers it was told, and no number that nobody told it', () =>
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.nat(9),
        fc.boolean(),
        fc.boolean(),
        (processes, threads, countsProcesses, countsThreads) => {
          const deployment = aPlainServer({
            processes,
            threads,
            promises: { countsProcesses, countsThreads, replacesProcesses: false, reloadsOn: null },
          });
          expect(hostingOf(deployment, null)).toMatchObject({
            processes: countsProcesses ? processes : Number.POSITIVE_INFINITY,
            threads: countsThreads ? threads : Number.POSITIVE_INFINITY,
          });
        },
      ),
    ));
});
