/** Mermaid source to SVG, by mermaid-cli and a Chromium that is already installed. Nothing is downloaded. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The programs that draw. */
export interface Pencil {
  readonly mermaidCli: string;
  readonly chromium: string;
}

/** @param root - The checkout: mermaid-cli is one of its development dependencies. @returns null and a reason if one is missing. */
export function findPencil(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly pencil: Pencil } | { readonly pencil: null; readonly because: string } {
  const mermaidCli = join(root, 'node_modules', '.bin', 'mmdc');
  if (!isProgram(mermaidCli)) return { pencil: null, because: 'mermaid-cli is not installed: run npm ci' };
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const { PATH = '', CHROMIUM: wanted } = environment;
  const folders = PATH.split(delimiter).filter((folder) => folder !== '');
  const known = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const chromium = (wanted ? [wanted] : [...known, '/usr/bin/chromium']).find(isProgram);
  if (chromium === undefined)
    return {
      pencil: null,
      because: wanted
        ? `CHROMIUM=${wanted} is not a program`
        : "no Chromium was found: install Debian's chromium, or set CHROMIUM to the path of one",
    };
  return { pencil: { mermaidCli, chromium } };
}

/**
 * Draws one diagram.
 * @returns SVG text that ends in a note of its source, for {@link isDrawnFrom}.
 * @throws Error with what mermaid-cli said, if it failed.
 */
export async function drawSvg(source: string, { mermaidCli, chromium }: Pencil): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-docs-'));
  const at = (name: string): string => join(folder, name);
  try {
    // Chromium's own sandbox does not work for root, and what it draws here is our own text.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    await writeFile(at('puppeteer.json'), JSON.stringify({ executablePath: chromium, args }));
    await writeFile(at('mermaid.json'), JSON.stringify(look));
    await writeFile(at('in.mmd'), source);
    const options = [
      '--quiet',
      '-i',
      at('in.mmd'),
      '-o',
      at('out.svg'),
      '-p',
      at('puppeteer.json'),
      '-c',
      at('mermaid.json'),
    ];
    await promisify(execFile)(mermaidCli, options, { timeout: 120_000 });
    return `${await readFile(at('out.svg'), 'utf8')}\n${noteOf(source)}\n`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Whether an SVG was drawn from this very source in this look. The drawing itself differs from one version of Chromium and one set of
 * fonts to the next, so its bytes say nothing about its age.
 */
export const isDrawnFrom = (svg: string, source: string): boolean => svg.trimEnd().endsWith(noteOf(source));

/** The checksum covers the look as well: a change of it draws everything anew. */
const noteOf = (source: string): string =>
  `<!-- drawn from sha256:${createHash('sha256').update(JSON.stringify(look)).update(source).digest('hex')} -->`;

/** Room for labels: Mermaid's defaults let them overlap. */
const look = {
  theme: 'neutral',
  state: { nodeSpacing: 90, rankSpacing: 70 },
  flowchart: { nodeSpacing: 40, rankSpacing: 60, wrappingWidth: 500 },
};

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
