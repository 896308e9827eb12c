import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Three projects: fast pure tests, tests of this repository with its compiler and git, tests with real CPython processes and
 * real servers.
 *
 * Files of one worker share the modules they import: no test replaces any, and to load them anew took longer than the tests.
 */
const isolate = false;
/** Most tests with processes wait for a process, not for the processor. */
const maxWorkers = 2 * availableParallelism();

/** What of the kit starts no process. */
const pureKit = 'conformance/kit/{known,plan,shrink,split,token,trial,waits}.test.ts';

/** Files of minutes begin first: what begins last keeps the others waiting at the end. */
const longest = /(?:examples\/examples|labs\/labs|servers\/apache-syntax|servers\/interface|suite\/rules)\.test\.ts$/;
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => longest.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          isolate,
          maxWorkers,
          include: [
            'spec/**/*.test.ts',
            'src/**/*.test.ts',
            'conformance/{adapters,soak,protocol,quirks}/*.test.ts',
            pureKit,
          ],
          exclude: ['src/gateway/**', 'src/cli/**', 'src/probe/**'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'tidy',
          isolate,
          maxWorkers,
          include: ['conformance/tidy/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'processes',
          isolate,
          maxWorkers,
          include: [
            'src/{gateway,cli,probe}/**/*.test.ts',
            'conformance/{suite,kit,arbitraries,model,servers}/**/*.test.ts',
            'docs/**/*.test.ts',
          ],
          exclude: [pureKit],
          // Only against tests that hang: a machine that does much else is ten times as slow.
          testTimeout: 400_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
