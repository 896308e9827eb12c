import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readApache } from '../config/apache/read.ts';
import { filesInMemory } from '../config/source.ts';
import { Gateway } from './gateway.ts';

const examples = fileURLToPath(new URL('../../docs/examples', import.meta.url));

/** A Python that has the module; Debian's own has what its packages bring. */
function pythonWith(module: string): string | null {
  for (const python of ['python3', '/usr/bin/python3'])
    try {
      execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
      return python;
    } catch {
      // The next one may have it.
    }
  const { WSGISCOPE_REQUIRE: required } = process.env;
  if (required === 'all') throw new Error(`no Python here can import ${module}`);
  return null;
}

/** Serves an example as it stands and asks for one page, `times` times. */
async function visit(example: string, python: string, path: string, times: number): Promise<readonly string[]> {
  const file = `${examples}/${example}.conf`;
  const { deployment, diagnostics } = readApache({
    file,
    text: readFileSync(file, 'utf8'),
    source: filesInMemory({}),
    modWsgi: '4.9',
    environment: { CONFIG_DIR: examples },
  });
  if (!deployment) throw new Error(JSON.stringify(diagnostics));
  const log: string[] = [];
  const gateway = await Gateway.start({
    deployment,
    python,
    portFor: () => 0,
    log: (source, line) => log.push(`${source}: ${line}`),
  });
  try {
    const pages: string[] = [];
    for (let visits = 0; visits < times; visits++) {
      const response = await fetch(`http://127.0.0.1:${gateway.ports.get(8001)}${path}`);
      pages.push(response.ok ? await response.text() : `${response.status}\n${log.join('\n')}`);
    }
    return pages;
  } finally {
    await gateway.stop();
  }
}

const flask = pythonWith('flask');
const django = pythonWith('django');

describe('an application of a framework runs unchanged', () => {
  it.skipIf(flask === null)(`in Flask${flask ? '' : ' (skipped: no Python here has Flask)'}`, async () => {
    const pages = await visit('flask', flask ?? '', '/', 3);
    expect(pages.map((page) => page.replace(/ in process \d+\n/, ''))).toEqual(['visit 1', 'visit 2', 'visit 3']);
  });

  it.skipIf(django === null)(`in Django${django ? '' : ' (skipped: no Python here has Django)'}`, async () => {
    const pages = await visit('django', django ?? '', '/', 4);
    // Two processes take turns, each with a counter of its own.
    expect(pages.map((page) => /\d+/.exec(page)?.[0])).toEqual(['1', '1', '2', '2']);
  });
});
