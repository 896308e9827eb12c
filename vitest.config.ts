import { defineConfig } from 'vitest/config';

/**
 * Four projects: fast pure tests, tests of this repository with its compiler and git, tests with real CPython processes,
 * tests against real servers.
 */
export default defineConfig({
  test: {
    // Most tests with processes wait for a process, not for the processor.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'spec/**/*.test.ts',
            'src/**/*.test.ts',
            'conformance/{adapters,soak,protocol}/*.test.ts',
            'conformance/kit/{known,shrink,token}.test.ts',
          ],
          exclude: ['src/gateway/**', 'src/cli/**', 'src/probe/**'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'tidy',
          include: ['conformance/tidy/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'processes',
          include: ['src/{gateway,cli,probe}/**/*.test.ts', 'conformance/{suite,kit,arbitraries,model}/**/*.test.ts'],
          // Only against tests that hang: a machine that does much else is ten times as slow.
          testTimeout: 400_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'servers',
          include: ['conformance/servers/**/*.test.ts', 'docs/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
