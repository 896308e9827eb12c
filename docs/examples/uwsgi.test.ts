import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { pluginsOf } from '../../conformance/adapters/uwsgi.ts';
import { serversAreRequired } from '../../conformance/servers/find-apache.ts';
import { findUwsgi } from '../../conformance/targets/uwsgi.ts';
import { fileSource } from '../../src/cli/file-source.ts';
import { explainUwsgi } from '../../src/config/uwsgi/explain.ts';

const folder = fileURLToPath(new URL('uwsgi', import.meta.url));

/** URL, script, interpreter, processes, threads, wsgi.multithread, wsgi.multiprocess, who imports it. */
type Row = readonly [
  url: string,
  script: string,
  interpreter: string,
  processes: string,
  threads: number,
  threaded: boolean,
  many: boolean,
  loads: string,
];

const project = 'myproject/wsgi.py';

/** What each file says at its top, and which warnings are what it is about. */
const expected: Readonly<Record<string, { readonly rows: readonly Row[]; readonly traps: readonly string[] }>> = {
  'four-processes': { rows: [['/', project, '', '4', 1, false, true, 'before-fork']], traps: ['HAZ203'] },
  'lazy-apps': { rows: [['/', project, '', '2', 1, false, true, 'process-start']], traps: [] },
  'processes-and-threads': { rows: [['/', project, '', '2', 4, true, true, 'before-fork']], traps: [] },
  recycling: { rows: [['/', project, '', '1–6', 1, false, true, 'before-fork']], traps: [] },
  'two-applications': {
    rows: [
      ['/shop', project, '', '1', 1, false, false, 'before-fork'],
      ['/blog', 'blog.py', '/blog', '1', 1, false, false, 'before-fork'],
      ['/', project, '', '1', 1, false, false, 'before-fork'],
    ],
    traps: [],
  },
  'two-applications-out-of-reach': {
    rows: [
      ['/', project, '', '1', 1, false, false, 'before-fork'],
      ['/shop', project, '', '1', 1, false, false, 'before-fork'],
      ['/blog', project, '', '1', 1, false, false, 'before-fork'],
    ],
    traps: ['HAZ235'],
  },
  'without-a-master': {
    rows: [['/', project, '', '3', 1, false, true, 'before-fork']],
    traps: ['HAZ201', 'HAZ202'],
  },
  'written-with-logic': { rows: [['/', project, '', '1', 1, false, false, 'before-fork']], traps: [] },
};

const names = readdirSync(folder)
  .filter((name) => name.endsWith('.ini'))
  .map((name) => name.slice(0, -'.ini'.length));

const explained = (name: string) =>
  explainUwsgi({
    given: { kind: 'file', file: `${name}.ini`, text: fileSource.read(`${folder}/${name}.ini`) ?? '' },
    source: fileSource,
    workingDirectory: folder,
    readScript: (path) => fileSource.read(path),
  });

describe.each(names)('the example %s for uWSGI', (name) => {
  it('is explained as its comments say', () => {
    const { accepted, diagnostics } = explained(name);
    const rows = accepted?.prediction.mounts.map((mount) => [
      mount.url,
      mount.script.slice(folder.length + 1),
      mount.applicationGroup,
      mount.processes.min === mount.processes.max
        ? `${mount.processes.min}`
        : `${mount.processes.min}–${mount.processes.max}`,
      mount.threads,
      mount.multithread,
      mount.multiprocess,
      mount.loads,
    ]);
    expect(rows).toEqual(expected[name]?.rows);
    const warned = diagnostics.filter(({ severity }) => severity !== 'info').map(({ code }) => code);
    expect(warned.toSorted()).toEqual(expected[name]?.traps);
  });
});

const uwsgi = await findUwsgi();

describe.skipIf(uwsgi === null && !serversAreRequired())('under a real uWSGI', () => {
  const running: ReturnType<typeof spawn>[] = [];
  const scratch = mkdtempSync(join(tmpdir(), 'wsgiscope-uwsgi-examples-'));
  afterAll(() => rmSync(scratch, { recursive: true }));
  afterEach(async () => {
    for (const server of running.splice(0)) {
      const gone = once(server, 'close');
      if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL');
      await gone;
    }
  });

  /** Starts an example on a free port, waits for all workers it begins with, and gives its address. */
  async function start(name: string): Promise<string> {
    if (uwsgi === null) throw new Error('WSGISCOPE_REQUIRE=all, and there is no uWSGI with Python on this machine');
    const deployment = explained(name).accepted?.deployment;
    if (deployment?.kind !== 'uwsgi') throw new Error(`${name} is refused`);
    // The same on a free port, from another folder.
    const text = (fileSource.read(`${folder}/${name}.ini`) ?? '')
      .replaceAll('8001', '0')
      .replaceAll('%d', `${folder}/`);
    const file = join(scratch, `${name}.ini`);
    writeFileSync(file, text);
    const server = spawn(
      uwsgi.program,
      [...pluginsOf(uwsgi).flatMap((plugin) => ['--plugin', plugin]), '--ini', file],
      {
        cwd: scratch,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    running.push(server);
    const first = deployment.cheaper?.initial ?? deployment.processes;
    let workers = 0;
    let port = '';
    let said = '';
    for await (const line of createInterface({ input: server.stderr })) {
      said += `${line}\n`;
      port = /bound to TCP address 127\.0\.0\.1:(\d+) \(port auto-assigned\)/.exec(line)?.[1] ?? port;
      workers += /^spawned uWSGI worker \d+/.test(line) ? 1 : 0;
      if (port !== '' && workers === first) return `http://127.0.0.1:${port}`;
      // Workers that were forked without a master say nothing.
      if (port !== '' && workers === 1 && !deployment.master) return `http://127.0.0.1:${port}`;
    }
    throw new Error(said);
  }

  /** By a connection of its own: a plain HTTP socket of uWSGI closes it after the response, and does not say so. */
  const get = async (url: string): Promise<string> => {
    const [response] = (await once(request(url, { agent: false }).end(), 'response')) as [IncomingMessage];
    return text(response);
  };

  it.each(names.filter((name) => !name.startsWith('two-')))('the example %s shows what was explained', async (name) => {
    const [row] = expected[name]?.rows ?? [];
    const [, , , , , threaded, many, loads] = row ?? [];
    const flag = (value: boolean | undefined): string => (value ? 'True' : 'False');
    // Without a master it is the first worker that imports for all.
    const importers: Readonly<Record<string, string>> = {
      'process-start': 'itself',
      'before-fork': name === 'without-a-master' ? '(?:itself|another process)' : 'another process',
    };
    const flags = `multithread ${flag(threaded)}, multiprocess ${flag(many)}`;
    expect(await get(await start(name))).toMatch(
      new RegExp(`^request 1 in process \\d+, imported by ${importers[loads ?? '']}, ${flags}\n$`),
    );
  });

  it('two applications answer their own URLs, and the first one all others', async () => {
    const address = await start('two-applications');
    expect(await get(`${address}/blog/entry`)).toBe("the blog, mounted on '/blog'\n");
    expect(await get(`${address}/shop`)).toMatch(/^request 1 in process/);
    expect(await get(`${address}/nothing`)).toMatch(/^request 2 in process/);
  });

  it('without manage-script-name the first application answers everything', async () => {
    const address = await start('two-applications-out-of-reach');
    for (const [index, url] of ['/blog', '/shop', '/'].entries())
      expect(await get(address + url)).toMatch(new RegExp(`^request ${index + 1} in process`));
  });
});
