import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { findPython } from './python.ts';

/** A folder with a `python3` that says so each time before it leads to the real one. */
function withShim() {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-shim-'));
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  const shim = join(folder, 'python3');
  const calls = join(folder, 'calls');
  writeFileSync(shim, `#!/bin/sh\necho asked >>'${calls}'\nexec '${python}' "$@"\n`);
  chmodSync(shim, 0o755);
  const { PATH: path } = process.env;
  vi.stubEnv('PATH', `${folder}:${path}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  return { shim, python, calls: () => readFileSync(calls, 'utf8').trim().split('\n').length };
}

describe('a Python that is named', () => {
  it('is asked once, and started without the shim that its name leads to', async () => {
    const { python, calls } = withShim();
    const found = await Promise.all([findPython('python3'), findPython('python3')]);
    expect(found.map(({ command }) => command)).toEqual([python, python]);
    expect(calls()).toBe(1);
  });

  it('by its path is taken as it is: it may set what its Python needs', async () => {
    const { shim } = withShim();
    expect(await findPython(shim)).toMatchObject({ command: shim });
  });

  it('and is not there may be there when it is asked for again', async () => {
    const { shim, python } = withShim();
    rmSync(shim);
    await expect(findPython(shim)).rejects.toThrow('was not found');
    writeFileSync(shim, `#!/bin/sh\nexec '${python}' "$@"\n`);
    chmodSync(shim, 0o755);
    expect(await findPython(shim)).toMatchObject({ command: shim });
  });
});
