import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGunicornEnvironment, anyGunicornWords } from '../../../conformance/arbitraries/gunicorn-text.ts';
import { defaultGunicorn } from '../../../spec/deployments/defaults.ts';
import { filesInMemory } from '../source.ts';
import { explainGunicorn } from './explain.ts';
import { readGunicorn, settingsLocation } from './read.ts';
import { type CommandSetting, gunicornInput } from './reading-of.ts';

const read = (text: string, setting: CommandSetting = {}) => readGunicorn(gunicornInput(text, setting));
const deployed = (text: string, setting: CommandSetting = {}) => {
  const { deployment, diagnostics } = read(text, setting);
  if (!deployment) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return deployment;
};
const errors = (text: string, setting: CommandSetting = {}) =>
  read(text, setting)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ file, column, code, message }) => `${file}:${column} ${code} ${message}`);

describe('a command line of gunicorn', () => {
  it('comes to a deployment, or to errors at a place of it, whatever it holds', () =>
    fc.assert(
      fc.property(anyGunicornWords, anyGunicornEnvironment, (words, environment) => {
        const given = words.map((text, index) => ({ text, column: index * 3 + 1 }));
        const input = { ...gunicornInput('gunicorn', { environment }), words: given };
        const { accepted, diagnostics } = explainGunicorn(input);
        expect(accepted === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
        for (const { line, column, message, fix } of diagnostics) {
          expect([line, column >= 1]).toEqual([1, true]);
          expect(`${message}${fix}`).not.toMatch(/undefined|null|NaN|\[object/);
        }
      }),
    ));

  it.each([
    'gunicorn -w 4 shop.wsgi',
    'gunicorn -w4 shop.wsgi',
    'gunicorn -w=4 shop.wsgi',
    'gunicorn --workers=4 shop.wsgi',
    'gunicorn --workers 4 shop.wsgi',
    'gunicorn --workers 0 shop.wsgi --workers 4',
    'gunicorn -Rw4 shop.wsgi',
    'gunicorn shop.wsgi extra -w 4',
    'gunicorn -w 4 -- shop.wsgi',
    'WEB_CONCURRENCY=4 gunicorn shop.wsgi',
    "GUNICORN_CMD_ARGS='-w 4' gunicorn shop.wsgi",
    "GUNICORN_CMD_ARGS='-w 3' WEB_CONCURRENCY=2 gunicorn -w 4 shop.wsgi",
  ])('%s is four workers', (text) => {
    expect(deployed(text)).toMatchObject({
      workers: 4,
      application: { script: '/srv/shop/wsgi.py', module: 'shop.wsgi', callable: 'application', url: '' },
    });
  });

  it('has the defaults of gunicorn where nothing is written', () => {
    const { application, others, ...settings } = deployed('gunicorn shop.wsgi:app');
    expect({ ...settings, others: {} }).toEqual(defaultGunicorn);
    expect(application).toMatchObject({ callable: 'app' });
    expect(deployed('PORT=8123 gunicorn shop.wsgi').listens).toEqual([{ address: '0.0.0.0', port: 8123 }]);
    expect(explainGunicorn(gunicornInput('gunicorn shop.wsgi')).accepted?.prediction.mounts).toMatchObject([
      { processes: { min: 1, max: 1, configured: null } },
    ]);
  });

  it('runs threads where sync workers were asked for more than one', () => {
    expect(deployed('gunicorn --threads 4 shop.wsgi')).toMatchObject({ workerClass: 'gthread', threads: 4 });
    expect(deployed('gunicorn --threads 4 -k gevent shop.wsgi')).toMatchObject({ workerClass: 'gevent', threads: 1 });
    expect(deployed('gunicorn -k gthread shop.wsgi')).toMatchObject({ workerClass: 'gthread', threads: 1 });
  });

  it('puts the settings file below GUNICORN_CMD_ARGS, and both below itself', () => {
    const settings = 'workers = 2\nthreads = 2\ntimeout = 2\n';
    const text = "GUNICORN_CMD_ARGS='--threads 3 -t 3' gunicorn -t 4 shop.wsgi";
    const { deployment, written, overruled } = read(text, { settings });
    expect(deployment).toMatchObject({ workers: 2, threads: 3, timeout: 4000 });
    expect([...written].map(([name, { by }]) => [name, by])).toEqual([
      ['workers', 'settings file'],
      ['threads', 'GUNICORN_CMD_ARGS'],
      ['timeout', 'command line'],
    ]);
    expect(overruled.map(({ name, by }) => [name, by])).toEqual([
      ['threads', 'settings file'],
      ['timeout', 'settings file'],
      ['timeout', 'GUNICORN_CMD_ARGS'],
    ]);
  });

  it('finds the module where Python would', () => {
    const files = { '/srv/site/shop/__init__.py': '', '/lib/other.py': '', '/srv/wsgi.py': '' };
    expect(deployed('gunicorn --chdir site shop:app', { files }).application.script).toBe('/srv/site/shop/__init__.py');
    expect(deployed('gunicorn --pythonpath /x,/lib other', { files }).application.script).toBe('/lib/other.py');
    const { deployment, diagnostics } = read('gunicorn nowhere', { files });
    expect(deployment?.application.script).toBe('/srv/nowhere.py');
    expect(diagnostics.map(({ code }) => code)).toEqual(['CFG060']);
  });

  it('takes SCRIPT_NAME for a prefix', () => {
    expect(deployed('gunicorn -e SCRIPT_NAME=/shop/ shop.wsgi').application.url).toBe('/shop');
    expect(deployed('SCRIPT_NAME=/shop gunicorn shop.wsgi').application.url).toBe('/shop');
  });

  it('opens no socket of its own beside one that it inherits', () => {
    expect(deployed('gunicorn -b fd://3 -b 127.0.0.1:1 shop.wsgi').listens).toEqual([{ address: 'fd://3', port: 0 }]);
  });
});

describe('what gunicorn refuses', () => {
  it.each([
    ['gunicorn', 'command line:1 CFG052'],
    ['gunicorn -w', 'command line:10 CFG050 gunicorn: error: argument -w/--workers: expected one argument'],
    ['gunicorn -w x a', "command line:13 CFG050 gunicorn: error: argument -w/--workers: invalid int value: 'x'"],
    ['gunicorn -w -1 a', 'command line:13 CFG051 workers is -1'],
    ['gunicorn --worker 4 a', 'command line:10 CFG050 gunicorn: error: ambiguous option: --worker could match'],
    ['gunicorn --nope a', 'command line:10 CFG050 gunicorn: error: unrecognized arguments: --nope'],
    ['gunicorn a -w 4 b', 'command line:17 CFG050 gunicorn: error: unrecognized arguments: b'],
    [
      'gunicorn --preload=1 a',
      "command line:10 CFG050 gunicorn: error: argument --preload: ignored explicit argument '1'",
    ],
    ['gunicorn -h', 'command line:10 CFG061'],
    ['gunicorn -b 1.2.3.4:http a', "command line:13 CFG059 'http' is not a valid port number"],
    ['gunicorn -b :99999 a', 'command line:13 CFG059 port 99999'],
    ['gunicorn --chdir nowhere a', 'command line:18 CFG051'],
    ['gunicorn -k nope a', "command line:13 CFG057 gunicorn 20.1 has no worker class 'nope'"],
    ['gunicorn -k gthread --threads 0 a', 'command line:31 CFG051 threads is 0'],
    ['gunicorn -e NOTHING a', "command line:13 CFG051 environment setting 'NOTHING' invalid"],
    ['gunicorn app/main.py:app', 'command line:10 CFG053'],
    ['gunicorn app.main:make.app', 'command line:10 CFG053'],
    ['WEB_CONCURRENCY=many gunicorn a', 'WEB_CONCURRENCY:1 CFG051'],
    [`GUNICORN_CMD_ARGS='-n "a' gunicorn a`, 'GUNICORN_CMD_ARGS:1 CFG050'],
  ])('%s', (text, message) => {
    const [first = '', ...more] = errors(text);
    expect(first).toContain(message);
    expect(more).toEqual([]);
  });

  it('is a name that only the other release has', () => {
    expect(errors('gunicorn -k eventlet a', { release: '26.1' })).toHaveLength(1);
    expect(errors('gunicorn --no-control-socket a')).toHaveLength(1);
    expect(errors('gunicorn --no-control-socket a', { release: '26.1' })).toEqual([]);
  });

  it('is not what is merely unknown here, which says so', () => {
    for (const name of ['eventlet', 'tornado', 'uvicorn.workers.UvicornWorker', 'shop.workers.Own'])
      expect(errors(`gunicorn -k ${name} a`)[0]).toContain(`CFG056 workers of class '${name}' are not modelled`);
    expect(errors('gunicorn --paste site.ini')[0]).toContain('CFG062');
  });

  it('is the value of a settings file, in its line', () => {
    expect(errors('gunicorn shop.wsgi', { settings: "workers = '4 of them'\nthreads = None\n" })).toEqual([
      "gunicorn.conf.py:1 CFG051 workers is '4 of them', which is no whole number",
      'gunicorn.conf.py:1 CFG051 threads is None, which is no whole number',
    ]);
    expect(errors('gunicorn shop.wsgi', { settings: 'def post_fork(worker):\n  pass\n' })[0]).toContain(
      'post_fork takes 1',
    );
  });
});

describe('the settings file that gunicorn reads', () => {
  const at = (text: string, files: Readonly<Record<string, string>>) =>
    settingsLocation({ ...gunicornInput(text), source: filesInMemory(files) });

  it('is the one of -c, else that of GUNICORN_CMD_ARGS, else gunicorn.conf.py where it is started', () => {
    const files = { '/srv/gunicorn.conf.py': '' };
    expect(at('gunicorn a', files)).toEqual({ kind: 'file', path: '/srv/gunicorn.conf.py' });
    expect(at('gunicorn --chdir sub a', files)).toEqual({ kind: 'file', path: '/srv/gunicorn.conf.py' });
    expect(at('gunicorn a', {})).toEqual({ kind: 'none' });
    expect(at("GUNICORN_CMD_ARGS='-c b.py' gunicorn a", files)).toEqual({ kind: 'file', path: '/srv/b.py' });
    expect(at("GUNICORN_CMD_ARGS='-c b.py' gunicorn --conf file:c.py a", files)).toEqual({
      kind: 'file',
      path: '/srv/c.py',
    });
    expect(at('gunicorn -c python:shop.settings a', files)).toEqual({ kind: 'module', module: 'shop.settings' });
  });

  it('may name no application where it is explained alone', () => {
    const { accepted, diagnostics } = explainGunicorn({
      ...gunicornInput('gunicorn'),
      words: null,
      file: 'gunicorn.conf.py',
    });
    expect(accepted?.deployment.application.module).toBe('APP_MODULE');
    expect(diagnostics.map(({ code }) => code)).toContain('CFG064');
  });
});
