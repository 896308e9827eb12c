import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { docsCommand, findStale } from './docs.ts';
import { drawSvg, findPencil, isDrawnFrom } from './draw-svg.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-docs-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const paths = ['reference/a.md', 'diagrams/b.mmd', 'diagrams/inner/c.mmd'] as const;
const contents = fc.constantFrom('one\n', 'two\n', '');
const texts = fc.tuple(contents, contents, contents);
const laidOut = fc.tuple(fc.option(contents), fc.option(contents), fc.option(contents));

describe('generated files', () => {
  it('are stale exactly where they are missing or differ, whatever lies there', () =>
    fc.assert(
      fc.asyncProperty(texts, laidOut, async (wanted, there) => {
        await rm(join(folder, 'docs'), { recursive: true, force: true });
        await Promise.all(paths.map((path, index) => lay(path, there[index] ?? null)));
        const stale = await findStale(
          join(folder, 'docs'),
          new Map(paths.map((path, index) => [path, wanted[index] ?? ''])),
        );
        const expected = paths.flatMap((path, index) => {
          if (there[index] === wanted[index]) return [];
          return [[path, there[index] === null ? 'missing' : 'differs']];
        });
        const texts = stale.filter(({ path }) => !path.endsWith('.svg'));
        expect(texts.map(({ path, because }) => [path, because]).toSorted()).toEqual(expected.toSorted());
      }),
    ));

  it('are stale when nothing generates them any more', async () => {
    await rm(join(folder, 'docs'), { recursive: true, force: true });
    await lay('diagrams/machines/gone.mmd', 'stateDiagram-v2\n');
    await lay('diagrams/machines/gone.svg', '<svg/>');
    expect(await findStale(join(folder, 'docs'), new Map())).toEqual([
      { path: 'diagrams/machines/gone.mmd', because: 'no longer generated' },
      { path: 'diagrams/machines/gone.svg', because: 'no longer generated' },
    ]);
  });

  it('are fresh in this checkout', async () => {
    const said: string[] = [];
    const code = await docsCommand({ root: checkout, check: true, environment: process.env }, (line) =>
      said.push(line),
    );
    expect({ said, code }).toEqual({ said: ['every generated file is fresh'], code: 0 });
  });
});

describe('a drawing', () => {
  const found = findPencil(checkout, process.env);
  const { WSGISCOPE_REQUIRE } = process.env;
  const required = WSGISCOPE_REQUIRE === 'all';

  it.skipIf(found.pencil === null && !required)(
    'knows the source it was drawn from',
    { timeout: 120_000 },
    async () => {
      if (found.pencil === null) throw new Error(found.because);
      const source = 'stateDiagram-v2\n  [*] --> awake\n';
      const svg = await drawSvg(source, found.pencil);
      expect(svg).toContain('awake');
      expect(isDrawnFrom(svg, source)).toBe(true);
      expect(isDrawnFrom(svg, source.replace('awake', 'asleep'))).toBe(false);
    },
  );

  it('names the program it was told to use and cannot', () => {
    expect(findPencil(checkout, { CHROMIUM: '/nowhere/chromium' })).toEqual({
      pencil: null,
      because: 'CHROMIUM=/nowhere/chromium is not a program',
    });
  });
});

async function lay(path: string, text: string | null): Promise<void> {
  if (text === null) return;
  const file = join(folder, 'docs', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
