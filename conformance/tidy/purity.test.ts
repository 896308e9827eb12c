import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { partOf } from './imports.ts';
import { root, textOf, trackedFiles } from './tracked-files.ts';

/** Code without comments: what a comment says is no dependency. */
const codeOf = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, '');

const pureFiles = trackedFiles().filter(
  (path) => partOf(path)?.isPure && path.endsWith('.ts') && !path.endsWith('.test.ts'),
);

describe('the pure folders', () => {
  it('compile where there is no Node and no browser: no process, timer, console, file or socket', {
    timeout: 60_000,
  }, () => {
    expect(compilerSays(`${root}conformance/tidy/tsconfig.pure.json`)).toBe('');
  });

  it('read no clock and no random number, which are part of the language', () => {
    expect(pureFiles.length).toBeGreaterThan(30);
    const impure = /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bcrypto\b/;
    expect(pureFiles.filter((path) => impure.test(codeOf(textOf(path))))).toEqual([]);
  });
});

/** Nothing if all is well. */
function compilerSays(project: string): string {
  try {
    return execFileSync(`${root}node_modules/.bin/tsc`, ['-p', project], { encoding: 'utf8' });
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  }
}
