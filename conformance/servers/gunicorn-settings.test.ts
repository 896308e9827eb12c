import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GunicornDeployment } from '../../spec/deployments/gunicorn.ts';
import { toSeconds } from '../../spec/vocabulary.ts';
import { fileSource } from '../../src/cli/file-source.ts';
import { readSettingsFile } from '../../src/cli/settings-file.ts';
import { readGunicorn, settingsLocation } from '../../src/config/gunicorn/read.ts';
import { anyGunicornEnvironment, anyGunicornSettings, anyGunicornWords } from '../arbitraries/gunicorn-text.ts';
import { pythonWith } from '../targets/find-python.ts';

const { WSGISCOPE_REQUIRE: required } = process.env;
const gunicorn = await pythonWith('gunicorn');
if (gunicorn === null && required === 'all') throw new Error('gunicorn is not installed');

interface Question {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A Python that imports gunicorn anew for each question. */
class Real {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(python: string) {
    const file = fileURLToPath(new URL('./gunicorn_settings.py', import.meta.url));
    this.#child = spawn(python, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.#child.stdout) throw new Error('no pipe');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(question: Question): Promise<Readonly<Record<string, unknown>>> {
    this.#child.stdin?.write(`${JSON.stringify({ ...question, directory: site })}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the Python that runs gunicorn is gone');
    return JSON.parse(value);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wsgiscope-gunicorn-')));
const site = join(folder, 'site');
const settingsFile = join(site, 'gunicorn.conf.py');
let real: Real | undefined;

beforeAll(() => {
  mkdirSync(join(site, 'shop'), { recursive: true });
  mkdirSync(join(site, 'sub'));
  writeFileSync(join(site, 'shop/wsgi.py'), 'def application(environ, start_response): ...\n');
  writeFileSync(join(site, 'shop/hooks.py'), "def left(server, worker): ...\nother = 'shop.hooks.left'\n");
  writeFileSync(join(site, 'my-hooks.py'), 'def left(server, worker): ...\n');
  if (gunicorn) real = new Real(gunicorn.python);
});
afterAll(() => {
  real?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ours({ words, environment }: Question): Promise<Readonly<Record<string, unknown>>> {
  const input = {
    words: words.map((text, index) => ({ text, column: index + 1 })),
    file: 'command line',
    environment,
    workingDirectory: site,
    release: '20.1' as const,
    source: fileSource,
  };
  const settings = await readSettingsFile({
    location: settingsLocation(input),
    shown: null,
    directory: site,
    environment,
    python: 'python3',
  });
  const { deployment, diagnostics } = readGunicorn({ ...input, settings });
  if (deployment !== null) return comparable(deployment);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return { verdict: errors[0]?.code === 'CFG061' ? 'exits' : 'refused' };
}

const classes = { sync: 'SyncWorker', gthread: 'ThreadWorker', gevent: 'GeventWorker' };

function comparable(deployment: GunicornDeployment) {
  const { application, listens, workerClass, threads, chdir, timeout, gracefulTimeout, keepAlive } = deployment;
  const { kind: _, release: __, others: ___, ...more } = deployment;
  const { procName, workers, workerConnections, backlog, maxRequests, maxRequestsJitter, preloadApp, reload, daemon } =
    more;
  return {
    verdict: 'accepted',
    application: `${application.module}:${application.callable}`,
    workers,
    workerClass: classes[workerClass],
    ...(workerClass === 'gthread' ? { threads } : {}),
    workerConnections,
    backlog,
    maxRequests,
    maxRequestsJitter,
    timeout: toSeconds(timeout),
    gracefulTimeout: toSeconds(gracefulTimeout),
    keepAlive: toSeconds(keepAlive),
    preloadApp,
    reload,
    daemon,
    directory: chdir ?? site,
    procName,
    address: listens.map(({ address, port }) => {
      if (address.startsWith('fd://')) return ['fd', Number(address.slice('fd://'.length))];
      return address.startsWith('unix:') ? ['unix', address.slice('unix:'.length)] : [address, port];
    }),
    scriptName: application.url,
  };
}

/** What gunicorn says in the same terms: threads count for one class only, and inherited sockets leave no room for others. */
function asOurs(found: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { verdict } = found;
  if (verdict !== 'accepted') return { verdict };
  const { threads, workerClass, address, application, ...more } = found as {
    readonly threads: number;
    readonly workerClass: string;
    readonly address: readonly (readonly [string, unknown])[];
    readonly application: string;
  };
  const inherited = address.filter(([kind]) => kind === 'fd');
  return {
    ...more,
    workerClass,
    ...(workerClass === 'ThreadWorker' ? { threads } : {}),
    address: inherited.length > 0 ? inherited : address,
    application: application.includes(':') ? application : `${application}:application`,
  };
}

/** Names that gunicorn takes and no worker could import: they are refused one step later. */
const isImportable = ({ application }: Readonly<Record<string, unknown>>): boolean =>
  application === undefined || /^[\w.]+:\w+(?:\(\))?$/.test(String(application));

const compare = async (question: Question): Promise<void> => {
  if (!real) throw new Error('gunicorn is not installed');
  const theirs = asOurs(await real.ask(question));
  const found = await ours(question);
  if (isImportable(theirs)) expect(found).toEqual(theirs);
  else expect(found).toEqual({ verdict: 'refused' });
};

describe.skipIf(!gunicorn?.versions[0]?.startsWith('20.1.'))('what gunicorn makes of its settings', () => {
  it('is what the reader makes of any command line and environment', () =>
    fc.assert(
      fc.asyncProperty(anyGunicornWords, anyGunicornEnvironment, async (words, environment) => {
        rmSync(settingsFile, { force: true });
        await compare({ words, environment });
      }),
      { numRuns: 50, examples: [[['shop.wsgi', '-n--'], {}]] },
    ));

  it('is what the reader makes of any settings file beside it', () =>
    fc.assert(
      fc.asyncProperty(
        anyGunicornSettings,
        fc.constantFrom<readonly string[]>(['shop.wsgi'], ['-w', '3', '-t', '7', 'shop.wsgi'], []),
        anyGunicornEnvironment,
        async (text, words, environment) => {
          writeFileSync(settingsFile, text);
          await compare({ words, environment });
        },
      ),
      {
        numRuns: 30,
        examples: [
          ["child_exit = 'shop.wsgi'\n", ['shop.wsgi'], {}],
          ["child_exit = 'shop.hooks.left'\n", ['shop.wsgi'], {}],
          ["child_exit = 'shop.hooks.nothing'\n", ['shop.wsgi'], {}],
          ["on_exit = 'shop.hooks.left'\n", ['shop.wsgi'], {}],
          ["on_exit = '127.0.0.1:8080'\n", ['shop.wsgi'], {}],
          ["child_exit = 'shop.hooks.other'\n", ['shop.wsgi'], {}],
          ["child_exit = 'my-hooks.left'\n", ['shop.wsgi'], {}],
        ],
      },
    ));

  it.each([
    ['a settings file in another place', ['-c', 'sub/other.py', 'shop.wsgi'], {}],
    ['one that is a module', ['-c', 'python:shop.settings', 'shop.wsgi'], {}],
    ['one that is missing', ['-c', 'nowhere.py', 'shop.wsgi'], {}],
    ['one named by GUNICORN_CMD_ARGS', ['shop.wsgi'], { GUNICORN_CMD_ARGS: '-c sub/other.py -w 5' }],
    ['one without the suffix of Python', ['-c', 'file:sub/settings', 'shop.wsgi'], {}],
  ] as const)('is what the reader makes of %s', async (_, words, environment) => {
    rmSync(settingsFile, { force: true });
    writeFileSync(join(site, 'sub/other.py'), 'import os\nworkers = 2 + 1\nbind = os.getcwd()[:0] + ":9001"\n');
    writeFileSync(join(site, 'sub/settings'), 'threads = 6\n');
    writeFileSync(join(site, 'shop/settings.py'), 'workers = 7\n');
    await compare({ words, environment });
  });
});
