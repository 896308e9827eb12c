/** `wsgiscope docs`: writes what is generated in docs/, or says what of it is stale. A command for a checkout. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { drawSvg, findPencil, isDrawnFrom } from './draw-svg.ts';
import { generatedDocs } from './generated-docs.ts';

export interface DocsOptions {
  /** The folder of package.json. */
  readonly root: string;
  /** Only look. */
  readonly check: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How a generated file differs from what it should be. */
export interface Stale {
  /** Below docs/. */
  readonly path: string;
  readonly because: 'missing' | 'differs' | 'no longer generated' | 'drawn from another source';
}

/**
 * Runs the command.
 * @param say - Takes each line of output.
 * @returns The exit code: 1 if something is stale under `check`, or if a drawing failed.
 */
export async function docsCommand(
  { root, check, environment }: DocsOptions,
  say: (line: string) => void,
): Promise<number> {
  const docs = join(root, 'docs');
  const wanted = generatedDocs(root);
  const stale = await findStale(docs, wanted);
  if (check) {
    for (const { path, because } of stale) say(`docs/${path}: ${because}`);
    say(stale.length === 0 ? 'every generated file is fresh' : 'stale: run npm run docs');
    return stale.length === 0 ? 0 : 1;
  }
  for (const { path, because } of stale) {
    const text = wanted.get(path);
    if (because === 'no longer generated') await rm(join(docs, path));
    else if (text !== undefined) await write(join(docs, path), text);
    else continue;
    say(`docs/${path}: ${because === 'no longer generated' ? 'removed' : 'written'}`);
  }
  const undrawn = stale.filter(({ path, because }) => path.endsWith('.svg') && because !== 'no longer generated');
  if (undrawn.length === 0) return 0;
  const found = findPencil(root, environment);
  if (found.pencil === null) {
    say(`drawings left as they are (${undrawn.length}): ${found.because}`);
    return 0;
  }
  for (const { path } of undrawn) {
    const source = wanted.get(sourceOf(path)) ?? '';
    await write(join(docs, path), await drawSvg(source, found.pencil));
    say(`docs/${path}: drawn`);
  }
  return 0;
}

/** Compares what is there with what should be, in the order of the paths. */
export async function findStale(docs: string, wanted: ReadonlyMap<string, string>): Promise<readonly Stale[]> {
  const stale: Stale[] = [];
  for (const [path, text] of wanted) {
    const there = await readText(join(docs, path));
    if (there !== text) stale.push({ path, because: there === null ? 'missing' : 'differs' });
    if (!path.endsWith('.mmd')) continue;
    const svg = await readText(join(docs, drawingOf(path)));
    if (svg === null) stale.push({ path: drawingOf(path), because: 'missing' });
    else if (!isDrawnFrom(svg, text)) stale.push({ path: drawingOf(path), because: 'drawn from another source' });
  }
  for (const path of await filesBelow(docs, 'diagrams')) {
    if (!wanted.has(path) && !wanted.has(sourceOf(path))) stale.push({ path, because: 'no longer generated' });
  }
  return stale.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

const drawingOf = (source: string): string => source.replace(/\.mmd$/, '.svg');
const sourceOf = (drawing: string): string => drawing.replace(/\.svg$/, '.mmd');

async function filesBelow(docs: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(docs, folder), { withFileTypes: true }).catch(() => []);
  const nested = await Promise.all(
    entries.map((entry) =>
      entry.isDirectory() ? filesBelow(docs, `${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    ),
  );
  return nested.flat();
}

const readText = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
