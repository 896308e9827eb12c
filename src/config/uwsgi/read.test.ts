import { describe, expect, it } from 'vitest';
import { defaultUwsgi } from '../../../spec/deployments/defaults.ts';
import { readCommandLine } from '../command-line.ts';
import { filesInMemory } from '../source.ts';
import { someMachine } from './machine.ts';
import { readUwsgi, type UwsgiInput } from './read.ts';

/** Reads a file that lies in /srv, where the server is started, or a command line. */
function read(
  text: string,
  { files = {}, ...more }: Partial<UwsgiInput> & { readonly files?: Readonly<Record<string, string>> } = {},
) {
  const command = readCommandLine(text);
  return readUwsgi({
    given: command
      ? { kind: 'command', words: command.words, assigned: command.assigned }
      : { kind: 'file', file: 'shop.ini', text },
    source: filesInMemory(files),
    workingDirectory: '/srv',
    ...more,
  });
}

const ground = 'http-socket = :8000\nwsgi-file = app.py\n';
const section = (lines: string): string => `[uwsgi]\n${ground}${lines}`;
const errors = (reading: ReturnType<typeof read>): readonly string[] =>
  reading.diagnostics.filter(({ severity }) => severity === 'error').map(({ code, line }) => `${code} ${line}`);
const remarks = (reading: ReturnType<typeof read>): readonly string[] =>
  reading.diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`);

describe('a file of uWSGI', () => {
  it('as an article prints it starts nothing: it does not say where to listen', () => {
    const asPrinted = '[uwsgi]\nmodule = myproject.wsgi:application\nmaster = true\nprocesses = 4\n';
    expect(errors(read(asPrinted))).toEqual(['CFG085 1']);
    expect(read(`${asPrinted}http-socket = :8000\n`).deployment).toMatchObject({
      kind: 'uwsgi',
      listens: [{ address: '*', port: 8000, protocol: 'http-socket' }],
      applications: [{ url: '', script: '/srv/myproject/wsgi.py', module: 'myproject.wsgi', callable: 'application' }],
      master: true,
      processes: 4,
      threads: 1,
      enableThreads: false,
      lazyApps: false,
      minWorkerLifetime: 10_000,
      workerReloadMercy: 60_000,
      listen: 100,
    });
  });

  it('leaves the defaults of uWSGI where it says nothing', () => {
    const { listens, applications, ...settings } = read(section('')).deployment ?? {};
    expect([listens?.length, applications?.length]).toEqual([1, 1]);
    expect(settings).toEqual(defaultUwsgi);
  });

  it('is one section of many: [uwsgi], or the one that is asked for', () => {
    const text = `[production]\nprocesses = 8\nini = :uwsgi\n[uwsgi]\n${ground}`;
    expect(read(text).configured).toBeNull();
    const files = { '/srv/shop.ini': text };
    expect(read('uwsgi --ini shop.ini:production', { files }).deployment?.processes).toBe(8);
    expect(remarks(read('uwsgi --ini shop.ini:staging', { files }))).toContain('CFG075 1:1');
  });

  it('has placeholders of one character, and a % that is none eats what follows', () => {
    const reading = read(section('procname = %n of %c in %d, 100%%\nchdir = %d../%k\n'), {
      machine: { ...someMachine, cpus: 3 },
    });
    expect(reading.deployment).toMatchObject({ procName: 'shop of srv in /srv/, 100%', chdir: '/3' });
    expect(remarks(reading)).toEqual(['CFG074 5:14']);
    const eaten = read(section('procname = 100%\nthreads = 2\n'));
    expect(eaten.deployment).toMatchObject({ procName: '100threads = 2', threads: 1 });
    expect(remarks(eaten)).toEqual(['CFG073 4:15']);
  });

  it('has placeholders of options, of the environment and of files, with arithmetic', () => {
    const reading = read(
      section('cores = $(CORES)\nprocesses = %(cores * 2 + 1)\nthreads = @(four)\nmax-requests = %(processes)0\n'),
      { environment: { CORES: '3' }, files: { '/srv/four': '4\n' } },
    );
    expect(reading.deployment).toMatchObject({ processes: 7, threads: 4, enableThreads: true, maxRequests: 70 });
    expect(reading.diagnostics).toEqual([]);
  });

  it('takes options under a condition, and once for each item of a loop', () => {
    const reading = read(
      section(
        'if-env = DEBUG\nprocesses = 1\nendif =\nif-not-env = DEBUG\nprocesses = 6\nendif =\nfor = a b\ntouch-reload = /run/%(_)\nendfor =\n',
      ),
    );
    expect(reading.deployment).toMatchObject({ processes: 6, master: true, touchReload: ['/run/a', '/run/b'] });
    expect(errors(read(section('if-env = X\nfor = a\n'), { environment: { X: '' } }))).toEqual(['CFG079 5']);
    expect(remarks(read(section('for = a b\nenv = %(_)\n')))).toEqual(['CFG076 4:1']);
  });

  it('reads other files, and says where they are not', () => {
    const files = { '/srv/more.ini': '[uwsgi]\nprocesses = 3\n', '/srv/loop.ini': '[uwsgi]\nini = loop.ini\n' };
    expect(read(section('include = more.ini\n'), { files }).deployment?.processes).toBe(3);
    expect(errors(read(section('ini = none.ini\n'), { files }))).toEqual(['CFG071 4']);
    expect(errors(read(section('ini = loop.ini\n'), { files }))).toEqual(['CFG072 2']);
    expect(errors(read(section('yaml = more.yaml\n'), { files }))).toEqual(['CFG090 4']);
  });

  it('holds names that uWSGI does not know, which are placeholders or slips', () => {
    const reading = read(section('mine = 2\nprocesses = %(mine)\nprocesess = 4\n'));
    expect(reading.diagnostics).toMatchObject([
      { code: 'CFG078', line: 6, severity: 'warning', fix: expect.stringContaining('write processes') },
    ]);
    expect(errors(read(section('strict = true\nprocesess = 4\n')))).toEqual(['CFG078 5']);
    expect(errors(read(section('procs = 4\nset-placeholder = x=1\nstrict = true\n')))).toEqual(['CFG078 4']);
  });

  it('is refused where uWSGI exits', () => {
    expect(errors(read(section('processes = -1\n')))).toEqual(['CFG089 4']);
    expect(errors(read(section('backtrace-depth = -1\n')))).toEqual(['CFG089 4']);
    expect(errors(read(section('cheaper = 2\nprocesses = 2\n')))).toEqual(['CFG085 4']);
    expect(errors(read(section('max-worker-lifetime = 10\n')))).toEqual(['CFG085 4']);
    expect(errors(read(section('mount = app.py\n')))).toEqual(['CFG083 4']);
    expect(errors(read(section('processes = 0\n')))).toEqual(['CFG087 4']);
    expect(errors(read('[uwsgi]\nhttp = :80\n'))).toEqual(['CFG088 1']);
    const machine = { ...someMachine, somaxconn: 128 };
    expect(errors(read(section('listen = 129\n'), { machine }))).toEqual(['CFG085 4']);
    expect(errors(read(section('listen = 128\n'), { machine }))).toEqual([]);
  });

  it('has numbers that end where their digits do', () => {
    const reading = read(section('harakiri = 5m\nreload-on-rss = 2G\nprocesses = many\nmax-requests = 10 ; ten\n'));
    expect(errors(reading)).toEqual(['CFG087 6']);
    expect(reading.diagnostics).toMatchObject([
      { code: 'CFG012', line: 4, fix: expect.stringContaining('harakiri = 300') },
      { code: 'CFG012', line: 5, fix: expect.stringContaining('reload-on-rss = 2048') },
      { code: 'CFG013', line: 6 },
      { code: 'CFG087' },
    ]);
  });

  it('has switches that only four words take back', () => {
    for (const off of ['false', 'Off', 'no', '0'])
      expect(read(section(`master = ${off}\n`)).deployment?.master).toBe(false);
    for (const on of ['', ' = true', ' = 1', ' = yes', ' = whatever'])
      expect(read(section(`master${on}\n`)).deployment?.master).toBe(true);
    expect(remarks(read(section('master = false ; for now\n')))).toEqual(['CFG070 4:1']);
  });

  it('sets the master and threads by the names of other options, and takes that back only by their own', () => {
    expect(read(section('cheaper = 0\n')).deployment?.master).toBe(true);
    expect(read(section('cheaper = 0\nmaster = false\n')).deployment?.master).toBe(false);
    expect(read(section('threads = 1\n')).deployment).toMatchObject({ threads: 1, enableThreads: true });
    expect(read(section('threads = 2\nenable-threads = false\n')).deployment?.enableThreads).toBe(true);
    expect(read(section('')).deployment?.enableThreads).toBe(false);
    expect(read(section('enable-threads = false\n'), { release: '2.0.30' }).deployment?.enableThreads).toBe(true);
  });

  it('brings the numbers of cheaper between one another', () => {
    const cheaper = (lines: string) => read(section(`processes = 4\n${lines}`)).deployment?.cheaper;
    expect(cheaper('cheaper = 2\n')).toEqual({ algorithm: 'spare', min: 2, initial: 2, step: 1, overload: 3 });
    expect(cheaper('cheaper = 2\ncheaper-initial = 1\n')).toMatchObject({ initial: 2 });
    expect(cheaper('cheaper = 2\ncheaper-initial = 9\ncheaper-step = 2\n')).toMatchObject({ initial: 4, step: 2 });
    expect(cheaper('cheaper-initial = 2\n')).toBeNull();
    expect(cheaper('cheaper = 1\ncheaper-algo = nobody\n')).toMatchObject({ algorithm: 'spare' });
  });
});

describe('the applications', () => {
  const scripts = (lines: string, files: Readonly<Record<string, string>> = {}) =>
    read(`[uwsgi]\nhttp-socket = :80\n${lines}`, { files }).deployment?.applications.map(
      ({ url, script, callable }) => `${url} ${script} ${callable}`,
    );

  it('are loaded in the order of uWSGI: module, wsgi-file, mounts', () => {
    expect(scripts('mount = /b=b.py\nmount = /a/=pack.age:app\nmodule = shop.wsgi\ncallable = run\n')).toEqual([
      ' /srv/shop/wsgi.py run',
      '/b /srv/b.py run',
      '/a /srv/pack/age.py app',
    ]);
  });

  it('are found where Python would find them: in pythonpath, the last first, and in chdir', () => {
    const files = { '/srv/lib/shop.py': '', '/srv/old/shop/__init__.py': '', '/opt/shop.py': '' };
    expect(scripts('module = shop\nchdir = /opt\n', files)).toEqual([' /opt/shop.py application']);
    expect(scripts('module = shop\npythonpath = lib\npp = /srv/old\n', files)).toEqual([
      ' /srv/old/shop/__init__.py application',
    ]);
    expect(scripts('wsgi-file = web/app.py\nchdir = /opt\n', files)).toEqual([' /opt/web/app.py application']);
  });

  it('are skipped where their URL is taken', () => {
    const reading = read('[uwsgi]\nhttp-socket = :80\nmodule = a\nwsgi-file = b.py\nmount = /=c.py\n');
    expect(reading.deployment?.applications).toHaveLength(1);
    expect(remarks(reading)).toEqual(['CFG082 4:1', 'CFG082 5:1']);
  });

  it('take a callable behind a colon in module and mount only', () => {
    expect(remarks(read('[uwsgi]\nhttp-socket = :80\nwsgi-file = app.py:app\n'))).toEqual(['CFG084 3:1']);
    expect(remarks(read('[uwsgi]\nhttp-socket = :80\nmodule = a\nmount = /b=b\n'))).toEqual(['CFG083 4:1']);
  });
});

describe('a command line of uWSGI', () => {
  it('has long and short options, cut ones, and values in three places', () => {
    const { deployment } = read('uwsgi --http :8080 --wsgi-file=app.py -MTp 4 -t9 --max-req 100');
    expect(deployment).toMatchObject({
      listens: [{ address: '*', port: 8080, protocol: 'http' }],
      master: true,
      enableThreads: true,
      processes: 4,
      harakiri: 9000,
      maxRequests: 100,
    });
  });

  it('stops at the first word that cannot be', () => {
    const refusal = (text: string): string => errors(read(text)).join();
    expect(refusal('uwsgi --http :80 --nope')).toBe('CFG081 1');
    expect(refusal('uwsgi --http :80 --mast')).toBe('CFG081 1');
    expect(refusal('uwsgi --http :80 --master=true')).toBe('CFG081 1');
    expect(refusal('uwsgi --http')).toBe('CFG081 1');
    expect(refusal('uwsgi --http :80 app.py')).toBe('CFG071 1');
    expect(read('uwsgi --http :80 --nope').diagnostics[0]).toMatchObject({ file: 'command line', column: 18 });
  });

  it('gives a file that is named without --ini the last word', () => {
    const files = { '/srv/shop.ini': `[uwsgi]\nprocesses = 2\n${ground}` };
    expect(read('uwsgi shop.ini -p 4', { files }).deployment?.processes).toBe(2);
    expect(read('uwsgi --ini shop.ini -p 4', { files }).deployment?.processes).toBe(4);
  });

  it('takes options from the environment', () => {
    const { deployment } = read('UWSGI_PROCESSES=3 UWSGI_RELOADS=1 uwsgi --http-socket :80 -w app', {
      environment: { UWSGI_LAZY_APPS: '1' },
    });
    expect(deployment).toMatchObject({ processes: 3, lazyApps: true });
  });

  it('does something else than to serve with some options', () => {
    expect(errors(read('uwsgi --http :80 -w app --version'))).toEqual(['CFG086 1']);
    expect(errors(read('uwsgi --reload /run/uwsgi.pid'))).toContain('CFG086 1');
  });
});

describe('the addresses', () => {
  const listens = (lines: string) => read(`[uwsgi]\nmodule = a\n${lines}`).deployment?.listens;

  it('are those of routers and of workers, in the order written', () => {
    expect(
      listens('socket = /run/a.sock\nhttp = 127.0.0.1:80\nhttp11-socket = [::1]:81\nfastcgi-socket = :82\n'),
    ).toEqual([
      { address: 'unix:/run/a.sock', port: 0, protocol: 'uwsgi' },
      { address: '127.0.0.1', port: 80, protocol: 'http' },
      { address: '[::1]', port: 81, protocol: 'http11-socket' },
      { address: '*', port: 82, protocol: 'other' },
    ]);
  });

  it('speak what protocol says where socket says nothing', () => {
    expect(listens('socket = :1\nuwsgi-socket = :2\nprotocol = http\n')).toMatchObject([
      { protocol: 'http-socket' },
      { protocol: 'uwsgi' },
    ]);
  });
});
