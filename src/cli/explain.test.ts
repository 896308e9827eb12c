import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, describe, expect, it } from 'vitest';
import { type ExplanationJson, explanationSchema } from '../render/explanation-json.ts';
import { ansi, plain } from '../render/palette.ts';
import { capturedShell } from './captured-shell.ts';
import { explanationSchemaFile } from './explain-schema.ts';
import { runProgram } from './program.ts';
import { exportsOf } from './server-environment.ts';
import { paletteFor } from './shell.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-explain-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function explain(...args: readonly string[]) {
  const shell = capturedShell({ workingDirectory: folder });
  return { code: await runProgram(['explain', ...args], shell), ...shell.written() };
}
const written = (name: string, text: string | Uint8Array): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
const json = async (...args: readonly string[]): Promise<ExplanationJson> =>
  v.parse(explanationSchema, JSON.parse((await explain(...args, '--json')).out));

describe('explain', () => {
  const examples = readdirSync(join(checkout, 'docs/examples')).filter((name) => name.endsWith('.conf'));

  it.each(examples)('accepts the example %s, and finds its scripts', async (name) => {
    const { mounts, diagnostics } = await json(join(checkout, 'docs/examples', name));
    expect(diagnostics.filter((diagnostic) => diagnostic.severity === 'error')).toEqual([]);
    expect(mounts.length).toBeGreaterThan(0);
    for (const { script, answer } of mounts) {
      expect(answer).toEqual({ kind: 'application' });
      expect(readFileSync(script, 'utf8')).not.toBe('');
    }
  });

  it('is published with a schema that is fresh', () => {
    expect(readFileSync(join(checkout, 'docs/reference/explain.schema.json'), 'utf8')).toBe(explanationSchemaFile());
  });

  it('shows the message, the place and the fix', async () => {
    const config = written(
      'trap.conf',
      'Listen 80\nWSGIDaemonProcess a processes=1\nWSGIScriptAlias / /srv/a.wsgi process-group=a\n',
    );
    const { code, out } = await explain(config);
    expect(code).toBe(0);
    expect(out).toMatch(/^trap\.conf:2:21: warning HAZ001: processes=1 makes wsgi\.multiprocess True/m);
    expect(out).toMatch(/^ {2}fix: leave processes=1 out/m);
  });

  it('follows what the user says about the server', async () => {
    const config = written(
      'server.conf',
      '<IfDefine STAGING>\nListen 8080\n</IfDefine>\n<IfDefine !STAGING>\nListen 80\n</IfDefine>\nWSGIScriptAlias / /srv/a.wsgi\n',
    );
    expect(await json(config)).toMatchObject({
      server: { mpm: 'event', modWsgi: '4.9' },
      mounts: [{ port: 80, multithread: true }],
    });
    expect(await json(config, '--mpm', 'prefork', '--mod-wsgi', '6', '-D', 'STAGING')).toMatchObject({
      server: { mpm: 'prefork', modWsgi: '6' },
      mounts: [{ port: 8080, multithread: false }],
    });
  });

  it('draws a map', async () => {
    const { code, out } = await explain(join(checkout, 'docs/examples/two-projects.conf'), '--mermaid');
    expect(code).toBe(0);
    expect(out).toMatch(/^flowchart LR\n/);
    expect(out).toContain('"two-projects/project1.wsgi"');
  });

  it('finds a signal that an embedded script sends to itself, in the line of the script', async () => {
    written(
      'suicidal.wsgi',
      'import os, signal\n\ndef application(environ, start_response):\n    os.kill(os.getpid(), signal.SIGINT)\n',
    );
    const config = written('signal.conf', `Listen 80\nWSGIScriptAlias / ${join(folder, 'suicidal.wsgi')}\n`);
    expect((await json(config)).diagnostics).toContainEqual(
      expect.objectContaining({ code: 'HAZ071', file: join(folder, 'suicidal.wsgi'), line: 4, column: 5 }),
    );
  });

  it('reads the exports of Debian beside a configuration', () => {
    expect(
      exportsOf(`unset HOME
export APACHE_RUN_USER=www-data
export APACHE_PID_FILE=/var/run/apache2$SUFFIX/apache2.pid
export APACHE_LOG_DIR="/var/log/apache2\${SUFFIX}" # a comment
export LANG='C'
export PATH=$PATH:/opt
# export NOT=this
`),
    ).toEqual({
      APACHE_RUN_USER: 'www-data',
      APACHE_PID_FILE: '/var/run/apache2/apache2.pid',
      APACHE_LOG_DIR: '/var/log/apache2',
      LANG: 'C',
    });
  });
});

describe('explain for gunicorn', () => {
  it('reads a command line', async () => {
    mkdirSync(join(folder, 'shop'), { recursive: true });
    written('shop/wsgi.py', '');
    expect(await json('gunicorn -w 4 --threads 2 -b unix:/run/shop.sock shop.wsgi')).toMatchObject({
      server: { kind: 'gunicorn', version: '20.1', workerClass: 'gthread' },
      mounts: [
        {
          url: '/',
          host: 'unix:/run/shop.sock',
          port: 0,
          script: join(folder, 'shop/wsgi.py'),
          mode: 'worker',
          processes: { min: 4, max: 4, configured: 4 },
          threads: 2,
          multithread: true,
          multiprocess: true,
          runOnce: false,
        },
      ],
      // Nothing is wrong with it; what surprises of it is told.
      diagnostics: [
        { code: 'HAZ146', severity: 'info' },
        { code: 'HAZ103', severity: 'info' },
      ],
    });
    const { out } = await explain('python3 -m gunicorn -w 4 shop.wsgi');
    expect(out).toMatch(/^gunicorn 20\.1, sync workers\n/);
    expect(out).toMatch(/on 127\.0\.0\.1:8000 +script +processes +threads +multithread +multiprocess/);
    expect(out).toMatch(/\/ +shop\/wsgi\.py +4 +1 +False +True/);
    expect((await explain('gunicorn -w 4 shop.wsgi', '--mermaid')).out).toContain(
      'workers: 4 processes with 1 thread each',
    );
  });

  it('runs a settings file, or reads its literals', async () => {
    mkdirSync(join(folder, 'deploy'));
    written('deploy/gunicorn_staging.py', 'workers = 2 + 1\nbind = ":9000"\nwsgi_app = "shop.wsgi"\n');
    const config = 'deploy/gunicorn_staging.py';
    expect(await json(config)).toMatchObject({ mounts: [{ host: 'localhost', port: 9000, processes: { max: 3 } }] });
    const shown = await json(config, '--no-run');
    expect(shown).toMatchObject({ mounts: [{ port: 9000, processes: { max: 1 } }] });
    const ofReading = shown.diagnostics.filter(({ code }) => code.startsWith('CFG'));
    expect(ofReading.map(({ code, line }) => `${line} ${code}`)).toEqual(['1 CFG055', '1 CFG055', '3 CFG060']);
  });

  it('says where gunicorn refuses to start, with exit code 1', async () => {
    const { code, err } = await explain('gunicorn -w four shop.wsgi');
    expect(code).toBe(1);
    expect(err).toMatch(/^command line:1:13: error CFG050: gunicorn: error: argument -w\/--workers/);
  });
});

describe('explain, where there is nothing to explain', () => {
  const refusal = async (config: string) => {
    const { code, out, err } = await explain(config);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^\S.*:\d+:\d+: error CFG\d{3}: .*\n(?: .*\n)* {2}fix: /);
    expect(err).not.toMatch(/^\s+at /m);
    const shown = await json(config);
    expect(shown).toMatchObject({ mounts: [], sharing: [], endings: [] });
    expect(shown.diagnostics.some((diagnostic) => diagnostic.severity === 'error')).toBe(true);
    return err;
  };

  it('says that a file is missing, and where it was looked for', async () => {
    expect((await refusal('nowhere.conf')).replace(/\s+/g, ' ')).toContain(
      `${join(folder, 'nowhere.conf')} was looked for`,
    );
  });

  it('names a file in a directory', async () => {
    mkdirSync(join(folder, 'apache2'));
    expect(await refusal('apache2')).toContain('fix: name a file');
    written('apache2/apache2.conf', '');
    expect(await refusal('apache2')).toContain('apache2/apache2.conf');
  });

  it('says that a file is not a text', async () => {
    expect(await refusal(written('binary.conf', Uint8Array.of(127, 69, 76, 70, 0, 1)))).toContain('not a text file');
  });

  it.skipIf(process.getuid?.() === 0)('says that a file may not be read', async () => {
    chmodSync(join(folder, written('secret.conf', 'Listen 80\n')), 0);
    expect(await refusal('secret.conf')).toContain('may not be read');
  });

  it('says of which configurations only other forms can be read', async () => {
    expect(await refusal(written('uwsgi.yaml', 'uwsgi:\n  module: shop\n'))).toContain(
      'only .ini files and command lines',
    );
  });

  it('says what the server would refuse, all of it', async () => {
    const err = await refusal(
      written('wrong.conf', 'Listen 80\nWSGIDaemonProcess a processes=0\nWSGIScriptAlais / /srv/a.wsgi\n'),
    );
    expect(err).toMatch(/^wrong\.conf:2:\d+: error CFG011: /m);
    expect(err).toMatch(/^wrong\.conf:3:1: error CFG001: /m);
  });
});

describe('colour', () => {
  it('is for terminals, unless the user does not want it', () => {
    expect(paletteFor(true, {})).toBe(ansi);
    expect(paletteFor(false, {})).toBe(plain);
    expect(paletteFor(true, { NO_COLOR: '1' })).toBe(plain);
    expect(paletteFor(true, { NO_COLOR: '' })).toBe(ansi);
    expect(paletteFor(true, { TERM: 'dumb' })).toBe(plain);
  });
});
