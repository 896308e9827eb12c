import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { mountsOf } from '../../spec/routing/mounts.ts';
import { readApache } from '../../src/config/apache/read.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { Gateway } from '../../src/gateway/gateway.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const { WSGISCOPE_REQUIRE: required } = process.env;

/** A Python that has the modules, or null; Debian's own has what its packages bring. */
async function pythonWith(modules: readonly string[]): Promise<string | null> {
  const importing = modules.length === 0 ? 'pass' : `import ${modules.join(', ')}`;
  for (const python of ['python3', '/usr/bin/python3'])
    try {
      await promisify(execFile)(python, ['-c', importing]);
      return python;
    } catch {
      // The next one may have them.
    }
  if (required === 'all') throw new Error(`no Python here can import ${modules.join(' and ')}`);
  return null;
}

interface Served extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly urls: readonly string[];
  readonly log: readonly string[];
}

/** Runs an example as it stands; `fileOf` may put another file in the place of a script. */
async function served(name: string, python: string, fileOf?: (script: string) => string): Promise<Served> {
  const file = `${here}${name}.conf`;
  const { deployment, diagnostics } = readApache({
    file,
    text: readFileSync(file, 'utf8'),
    source: filesInMemory({}),
    modWsgi: '4.9',
    environment: { CONFIG_DIR: here.replace(/\/$/, '') },
  });
  if (!deployment) throw new Error(JSON.stringify(diagnostics));
  const log: string[] = [];
  const gateway = await Gateway.start({
    deployment,
    python,
    portFor: () => 0,
    log: (source, line) => log.push(`${source}: ${line}`),
    ...(fileOf && { fileOf }),
  });
  const urls = mountsOf(deployment).map(({ url, port }) => `http://127.0.0.1:${gateway.ports.get(port)}${url}`);
  return { gateway, urls, log, [Symbol.asyncDispose]: () => gateway.stop() };
}

const needs: Readonly<Record<string, readonly string[]>> = {
  flask: ['flask'],
  django: ['django'],
  bottle: ['bottle'],
};

const clients = [
  { example: 'flask', client: 'flask_client.py', modules: ['flask', 'werkzeug.test'] },
  { example: 'django', client: 'django_client.py', modules: ['django.test'] },
  { example: 'bottle', client: 'bottle_client.py', modules: ['bottle', 'webtest'] },
  { example: 'generator', client: 'generator_client.py', modules: [] },
  { example: 'background-worker', client: 'worker_client.py', modules: [] },
];

describe('an example under the test client of its framework', async () => {
  for (const { example, client, modules } of clients) {
    const python = await pythonWith(modules);
    const why = python === null ? ` (skipped: no Python here has ${modules.join(' and ')})` : '';
    it.skipIf(python === null)(`answers ${client} as in its own process: ${example}${why}`, async () => {
      await using site = await served(example, python ?? '');
      const port = String(site.gateway.ports.get(8001));
      await promisify(execFile)(python ?? '', [`${here}test-clients/${client}`, port]).catch((error: unknown) => {
        throw new Error(`${(error as { stderr: string }).stderr}\n${site.log.join('\n')}`);
      });
    });
  }

  it('background-worker: a reload lets the worker finish, and the new process has one of its own', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'wsgiscope-jobs-'));
    const copy = join(directory, 'jobs.wsgi');
    writeFileSync(copy, readFileSync(`${here}background-worker/jobs.wsgi`));
    try {
      await using site = await served('background-worker', 'python3', () => copy);
      const [url = ''] = site.urls;
      const processOf = async (): Promise<string> =>
        /process (\d+), .* workers 1/.exec(
          await (await fetch(url, { headers: { connection: 'close' } })).text(),
        )?.[1] ?? '';
      const old = new Set([await processOf(), await processOf()]);
      expect(old.size).toBe(2);
      utimesSync(copy, 1, 1);
      for (const known of old) expect([known, old.has(await processOf())]).toEqual([known, false]);
      for (const known of old)
        while (!site.log.join('\n').includes(`worker of process ${known} ended`)) await new Promise(setImmediate);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

const validating = (script: string): string => `
__file__ = ${JSON.stringify(script)}
with open(__file__) as _source:
    exec(compile(_source.read(), __file__, 'exec'))
from wsgiref.validate import validator as _validator
for _name in ('application', 'app'):
    if _name in globals():
        globals()[_name] = _validator(globals()[_name])
`;

describe('wsgiref.validate', async () => {
  const names = readdirSync(here)
    .filter((name) => name.endsWith('.conf'))
    .map((name) => basename(name, '.conf'));
  for (const name of names) {
    const python = await pythonWith(needs[name] ?? []);
    it.skipIf(python === null)(`finds nothing wrong between the gateway and the example ${name}`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'wsgiscope-validate-'));
      try {
        const wrapped = (script: string): string => {
          const file = join(directory, Buffer.from(script).toString('base64url'));
          writeFileSync(file, validating(script), { flag: 'w' });
          utimesSync(file, 1, 1);
          return file;
        };
        await using site = await served(name, python ?? '', wrapped);
        for (const url of site.urls)
          for (const method of ['GET', 'HEAD', 'POST']) {
            const status = await ask(url, method);
            expect(status, `${method} ${url}\n${site.log.join('\n')}`).toBeLessThan(500);
          }
        expect(site.log.filter((line) => /AssertionError|WSGIWarning|without being closed/.test(line))).toEqual([]);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
});

const ask = (url: string, method: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = method === 'POST' ? { 'Content-Length': 9, 'Content-Type': 'text/plain' } : {};
    const asked = request(url, { method, headers, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(method === 'POST' ? 'two\nlines' : '');
  });
