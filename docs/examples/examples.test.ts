import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../conformance/adapters/free-ports.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = `${root}dist/src/cli/main.js`;

/** URL, process group, processes, threads, wsgi.multithread, wsgi.multiprocess. */
type Row = readonly [url: string, group: string, processes: string, threads: number, threaded: boolean, many: boolean];

/** What each file says at its top, as Apache 2.4 with mod_wsgi 4.9 was seen to run it. Embedded mode is the group `''`. */
const expected: Readonly<Record<string, readonly Row[]>> = {
  'background-worker': [['/jobs', 'jobs', '2', 5, true, true]],
  bottle: [['/notes', 'notes', '1', 5, true, false]],
  daemon: [['/path', 'site1', '2', 15, true, true]],
  django: [['/', 'mysite', '2', 15, true, true]],
  embedded: [['/path', '', '3–16', 25, true, true]],
  flask: [['/', 'flask', '1', 5, true, false]],
  generator: [['/letters', 'letters', '2', 4, true, true]],
  'imitate-prefork': [['/', 'example', '5', 1, false, true]],
  'imitate-worker': [['/', 'example', '2', 25, true, true]],
  'many-processes-one-thread': [['/path', 'site1', '4', 1, false, true]],
  'multi-process-multi-thread': [['/path', 'site1', '2', 64, true, true]],
  'multiprocess-by-one': [['/', 'example', '1', 25, true, true]],
  'no-multiprocess': [['/', 'example', '1', 25, true, false]],
  'one-daemon-for-two-projects': [
    ['/project1', 'default', '1', 1, false, true],
    ['/project2', 'default', '1', 1, false, true],
  ],
  prefork: [['/', '', '5–20', 1, false, true]],
  'script-reloading-off': [
    ['/daemon', 'steady', '1', 4, true, false],
    ['/embedded', '', '3–16', 25, true, true],
  ],
  'script-reloading-on': [
    ['/daemon', 'reloading', '1', 4, true, false],
    ['/embedded', '', '3–16', 25, true, true],
  ],
  'self-sigint': [
    ['/daemon', 'restartable', '1', 4, true, false],
    ['/embedded', '', '3–16', 25, true, true],
  ],
  'shared-interpreter': [
    ['/basket', 'shop', '2', 4, true, true],
    ['/checkout', 'shop', '2', 4, true, true],
  ],
  'two-projects': [
    ['/project1', 'site1', '2', 4, true, true],
    ['/project2', 'site2', '1', 1, false, false],
  ],
  'two-projects-as-printed': [
    ['/project1', 'site2', '1', 1, false, true],
    ['/project2', '', '3–16', 25, true, true],
  ],
  'two-sites-on-two-ports': [
    ['/', 'example1.com', '2', 15, true, true],
    ['/', 'example2.com', '2', 25, true, true],
  ],
  // Two at first; if one ends while the other's 25 threads are idle, nobody starts a third.
  worker: [['/', '', '1–4', 25, true, true]],
};

/** Which warnings are what the example is about. */
const traps: Readonly<Record<string, readonly string[]>> = {
  'one-daemon-for-two-projects': ['HAZ001'],
  'multiprocess-by-one': ['HAZ001'],
  'two-projects-as-printed': ['HAZ001', 'HAZ002', 'HAZ003', 'HAZ011', 'HAZ031'],
};

interface Explained {
  readonly mounts: readonly {
    readonly url: string;
    readonly processGroup: string;
    readonly processes: { readonly min: number; readonly max: number };
    readonly threads: number;
    readonly multithread: boolean;
    readonly multiprocess: boolean;
  }[];
  readonly diagnostics: readonly { readonly code: string; readonly severity: string }[];
}

const names = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.conf'))
  .map((name) => name.slice(0, -'.conf'.length));

/** Those about what ends or reloads a process; of the others it is seen what their applications see. */
const eventful = ['script-reloading-off', 'script-reloading-on', 'self-sigint', 'background-worker', 'two-projects'];

describe.each(names)('the example %s', (name) => {
  const file = `${root}docs/examples/${name}.conf`;

  it('is explained as its comments say', async () => {
    const { mounts, diagnostics } = JSON.parse((await wsgiscope('explain', file, '--json')).out) as Explained;
    const rows = mounts.map(({ url, processGroup, processes: { min, max }, threads, multithread, multiprocess }) => [
      url,
      processGroup,
      min === max ? String(min) : `${min}–${max}`,
      threads,
      multithread,
      multiprocess,
    ]);
    expect(rows).toEqual(expected[name]);
    const warned = diagnostics.filter(({ severity }) => severity === 'warning').map(({ code }) => code);
    expect(warned).toEqual(expect.arrayContaining([...(traps[name] ?? [])]));
  });

  it('is run by the gateway as it was explained', async () => {
    const { code, out, err } = await wsgiscope(
      'verify',
      file,
      ...['--python', await pythonFor(name)],
      ...(eventful.includes(name) ? [] : ['--brief']),
    );
    expect(
      { code, differs: out.split('\n').filter((line) => /\bdiffers\b|\bfail/.test(line)) },
      `${out}${err}`,
    ).toEqual({ code: 0, differs: [] });
    expect(out).toMatch(/^prediction and observation: \d+ agree/m);
  });
});

const { WSGISCOPE_REQUIRE: required } = process.env;
const hasApache = existsSync('/usr/sbin/apache2') && existsSync('/usr/lib/apache2/modules/mod_wsgi.so');

/** What README.md tells to type, without the last word. */
const apacheArguments = (
  name: string,
  runDir: string,
  file = `${root}docs/examples/${name}.conf`,
  folder = `${root}docs/examples`,
): readonly string[] => [
  ...(/^LoadModule mpm_/m.test(readExample(name)) ? ['-D', 'MPM_IN_EXAMPLE'] : []),
  ...['-C', `Define RUN_DIR ${runDir}`, '-C', `Define CONFIG_DIR ${folder}`],
  ...['-C', `Include ${root}docs/examples/with-apache/debian.conf`, '-f', file],
];

describe.skipIf(!hasApache && required !== 'all')('under a real Apache', () => {
  const runDir = mkdtempSync(join(tmpdir(), 'wsgiscope-examples-'));
  afterAll(() => rmSync(runDir, { recursive: true }));

  it.each(names)('the example %s is accepted', async (name) => {
    const said = await promisify(execFile)('/usr/sbin/apache2', ['-t', ...apacheArguments(name, runDir)]);
    expect(said.stderr).toContain('Syntax OK');
  });

  it('the projects of two-projects.conf answer, each from its own group', async () => {
    chmodSync(runDir, 0o755);
    const port = (await freePorts([8001])).get(8001);
    const example = join(runDir, 'two-projects.conf');
    writeFileSync(example, readExample('two-projects').replaceAll('8001', String(port)));
    // Its children are another user, who may not see into the folder of a clone.
    cpSync(`${root}docs/examples/two-projects`, join(runDir, 'two-projects'), { recursive: true });
    // A process group of its own: the prefork MPM ends its whole group when it is told to stop.
    const apache = spawn(
      '/usr/sbin/apache2',
      ['-DFOREGROUND', ...apacheArguments('two-projects', runDir, example, runDir)],
      {
        detached: true,
        stdio: 'ignore',
      },
    );
    const ended = once(apache, 'exit');
    try {
      const pages: string[] = [];
      for (const url of ['/project1', '/project2'])
        pages.push(await patientlyGet(`http://127.0.0.1:${port}${url}`, ended));
      expect(pages[0]).toMatch(/^project 1: request 1 in process \d+\n$/);
      expect(pages[1]).toMatch(/^project 2: request 1 in process \d+\n$/);
    } catch (error) {
      throw new Error(`its log says:\n${readFileSync(join(runDir, 'error.log'), 'utf8')}`, { cause: error });
    } finally {
      apache.kill('SIGTERM');
      await ended;
    }
  });
});

const readExample = (name: string): string => readFileSync(`${root}docs/examples/${name}.conf`, 'utf8');

/** Asks until somebody listens; nothing tells from outside when Apache does. */
async function patientlyGet(url: string, ended: Promise<unknown>): Promise<string> {
  let hasEnded = false;
  ended.then(() => {
    hasEnded = true;
  });
  while (!hasEnded) {
    const answer = await fetch(url).then(
      (response) => response.text(),
      () => null,
    );
    if (answer !== null) return answer;
  }
  throw new Error('Apache ended before it answered');
}

/** A Python that has what the example's scripts import: the one on the PATH, or else the system's. */
async function pythonFor(name: string): Promise<string> {
  if (name !== 'flask' && name !== 'django' && name !== 'bottle') return 'python3';
  const has = await promisify(execFile)('python3', ['-c', `import ${name}`]).then(
    () => true,
    () => false,
  );
  return has ? 'python3' : '/usr/bin/python3';
}

async function wsgiscope(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: root, maxBuffer: 2 ** 24 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}
