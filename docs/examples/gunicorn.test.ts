import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { serversAreRequired } from '../../conformance/servers/find-apache.ts';
import { pythonWith } from '../../conformance/targets/find-python.ts';
import { fileSource } from '../../src/cli/file-source.ts';
import { readSettingsFile } from '../../src/cli/settings-file.ts';
import { explainGunicorn } from '../../src/config/gunicorn/explain.ts';

const folder = fileURLToPath(new URL('gunicorn', import.meta.url));

/** What each file says at its top: how many processes and threads, the flags, who imports, and the warnings it is about. */
interface Expected {
  readonly processes: number;
  readonly threads: number;
  readonly threaded: boolean;
  readonly many: boolean;
  readonly loads?: 'before-fork';
  readonly traps?: readonly string[];
}

const expected: Readonly<Record<string, Expected>> = {
  computed: { processes: 3, threads: 2, threaded: true, many: true },
  'four-workers': { processes: 4, threads: 1, threaded: false, many: true },
  greenlets: { processes: 1, threads: 200, threaded: true, many: false, traps: ['HAZ102'] },
  misspelled: { processes: 1, threads: 1, threaded: false, many: false, traps: ['HAZ154', 'HAZ154', 'HAZ154'] },
  'one-worker': { processes: 1, threads: 1, threaded: false, many: false },
  preloaded: { processes: 3, threads: 1, threaded: false, many: true, loads: 'before-fork', traps: ['HAZ141'] },
  recycling: { processes: 3, threads: 1, threaded: false, many: true },
  'recycling-together': {
    processes: 2,
    threads: 4,
    threaded: true,
    many: true,
    traps: ['HAZ121', 'HAZ123', 'HAZ131'],
  },
  threads: { processes: 2, threads: 4, threaded: true, many: true },
};

const names = readdirSync(folder)
  .filter((name) => name.endsWith('.py'))
  .map((name) => name.slice(0, -'.py'.length));

async function explained(name: string) {
  const file = `${name}.py`;
  const settings = await readSettingsFile({
    location: { kind: 'file', path: `${folder}/${file}` },
    shown: file,
    directory: folder,
    environment: {},
    python: 'python3',
  });
  return explainGunicorn({
    words: null,
    file,
    environment: {},
    workingDirectory: folder,
    release: '20.1',
    source: fileSource,
    settings,
    readScript: (path) => fileSource.read(path),
  });
}

describe.each(names)('the example %s for gunicorn', (name) => {
  it('is explained as its comments say', async () => {
    const { accepted, diagnostics } = await explained(name);
    const { loads = 'process-start', traps = [], ...size } = expected[name] ?? {};
    const mounts = accepted?.prediction.mounts.map((mount) => ({
      processes: mount.processes.max,
      threads: mount.threads,
      threaded: mount.multithread,
      many: mount.multiprocess,
      loads: mount.loads,
      script: mount.script,
    }));
    expect(mounts).toEqual([{ ...size, loads, script: `${folder}/myproject/wsgi.py` }]);
    const warned = diagnostics.filter(({ severity }) => severity !== 'info').map(({ code }) => code);
    expect(warned.toSorted()).toEqual(traps);
  });
});

const gunicorn = await pythonWith('gunicorn');

describe.skipIf(gunicorn === null && !serversAreRequired())('under a real gunicorn', () => {
  const running: ReturnType<typeof spawn>[] = [];
  afterEach(async () => {
    for (const server of running.splice(0)) {
      const gone = once(server, 'close');
      if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL');
      await gone;
    }
  });

  /** Starts an example on a free port, waits for all its workers, and gives its address. */
  async function start(name: string): Promise<string> {
    if (gunicorn === null) throw new Error('WSGISCOPE_REQUIRE=all, and there is no gunicorn on this machine');
    const server = spawn(gunicorn.python, ['-m', 'gunicorn', '-c', `${name}.py`, '-b', '127.0.0.1:0'], {
      cwd: folder,
      detached: true,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running.push(server);
    let workers = 0;
    let address = '';
    let said = '';
    for await (const line of createInterface({ input: server.stderr })) {
      said += `${line}\n`;
      address = /Listening at: (http:\S+)/.exec(line)?.[1] ?? address;
      workers += line.includes('Booting worker') ? 1 : 0;
      if (address !== '' && workers === expected[name]?.processes) return address;
    }
    throw new Error(said);
  }

  it.each(names)('the example %s shows what was explained', async (name) => {
    const { threaded, many, loads } = expected[name] ?? {};
    const flag = (value: boolean | undefined): string => (value ? 'True' : 'False');
    const importer = loads === 'before-fork' ? 'another process' : 'itself';
    const answer = await (await fetch(await start(name))).text();
    expect(answer).toMatch(
      new RegExp(
        `^request 1 in process \\d+, imported by ${importer}, multithread ${flag(threaded)}, multiprocess ${flag(many)}\n$`,
      ),
    );
  });
});
