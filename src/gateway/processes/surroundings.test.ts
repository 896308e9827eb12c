import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { TraceEvent } from '../../../spec/trace.ts';
import { type Serving, serve } from '../serving.ts';

/** Answers with what the expression in the query string comes to, as JSON. */
const evaluating = `
import json, os, sys, threading
def application(environ, start_response):
    import urllib.parse
    try:
        value = eval(urllib.parse.unquote(environ['QUERY_STRING']))
    except Exception as error:
        value = '%s: %s' % (type(error).__name__, error)
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps(value).encode()]
`;
const embedded = `WSGIScriptAlias / \${here}/app.wsgi\n`;
/** One mount in an interpreter of its own, one in the main interpreter. */
const daemon = (options: string) =>
  `WSGIDaemonProcess shop threads=1 ${options}\nWSGIScriptAlias /main \${here}/app.wsgi process-group=shop application-group=%{GLOBAL}\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`;

const evaluate = async (site: Serving, expression: string, mount = '/'): Promise<unknown> =>
  JSON.parse((await site.ask(`${mount}?${encodeURIComponent(expression)}`)).body);

const commandLine = "open('/proc/self/cmdline').read().rstrip(chr(0))";

describe('a daemon process', () => {
  it.runIf(existsSync('/proc/self/cmdline'))('has the title of its display-name, cut as Apache cuts it', async () => {
    await using site = await serve(
      `${daemon('display-name=%{GROUP}')}WSGIDaemonProcess plain\nWSGIDaemonProcess long display-name="much longer than the program"\nWSGIScriptAlias /plain \${here}/app.wsgi process-group=plain\nWSGIScriptAlias /long \${here}/app.wsgi process-group=long\n`.replace(
        /(WSGIScriptAlias \/main[\s\S]*?)(WSGIDaemonProcess plain[\s\S]*)/,
        '$2$1',
      ),
      { 'app.wsgi': evaluating },
    );
    expect(await evaluate(site, commandLine)).toBe('(wsgi:shop)');
    expect(await evaluate(site, commandLine, '/long')).toBe('much longer than ');
    expect(await evaluate(site, commandLine, '/plain')).toContain('host.py');
    const pid = await evaluate(site, 'os.getpid()');
    expect(execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim()).toBe('(wsgi:shop)');
  });

  it('has its directories first on the path, with what their .pth files name, and its home before them', async () => {
    await using site = await serve(
      daemon(`home=\${here}/home python-path=\${here}/one:\${here}/missing`),
      { 'app.wsgi': evaluating },
      {},
      '4.9',
      'event',
      (here) => {
        for (const name of ['home', 'one', 'named']) mkdirSync(`${here}/${name}`);
        writeFileSync(`${here}/one/more.pth`, `${here}/named\n`);
      },
    );
    const here = dirname(site.file('app.wsgi'));
    for (const mount of ['/', '/main'])
      expect(await evaluate(site, 'sys.path[:4]', mount)).toEqual([
        `${here}/home`,
        `${here}/one`,
        `${here}/named`,
        `${here}/missing`,
      ]);
    expect(await evaluate(site, 'os.getcwd()')).toBe(`${here}/home`);
  });

  it('has the umask, priority and limits of its options, and only its own', async () => {
    await using site = await serve(
      `${daemon('umask=027 cpu-priority=3 memory-limit=4000000000 virtual-memory-limit=8000000000 stack-size=1048576')}WSGIDaemonProcess plain\nWSGIScriptAliasMatch ^/plain \${here}/app.wsgi process-group=plain\n`.replace(
        /(WSGIScriptAlias \/main[\s\S]*?)(WSGIDaemonProcess plain[\s\S]*)/,
        '$2$1',
      ),
      { 'app.wsgi': evaluating },
    );
    const all = "[os.umask(0o27), os.getpriority(0, 0), *[__import__('resource').getrlimit(kind) for kind in (2, 9)]]";
    expect(await evaluate(site, all)).toEqual([
      0o027,
      3,
      [4_000_000_000, 4_000_000_000],
      [8_000_000_000, 8_000_000_000],
    ]);
    const [umask, priority] = (await evaluate(site, all, '/plain')) as number[];
    expect([umask, priority]).toEqual([process.umask(), 0]);
    expect(await evaluate(site, 'threading.stack_size()')).toBe(0);
  });

  it('has the environment of the server and what its options add, and nothing of wsgiscope', async () => {
    vi.stubEnv('WSGISCOPE_SECRET', 'x');
    vi.stubEnv('npm_config_secret', 'x');
    try {
      await using site = await serve(
        `WSGIPythonHashSeed 5\n${daemon('lang=C locale=C.UTF-8 python-eggs=/tmp/eggs')}`,
        { 'app.wsgi': evaluating },
        {},
      );
      for (const mount of ['/', '/main']) {
        expect(
          await evaluate(
            site,
            "[os.environ.get(name) for name in ('LANG', 'LC_ALL', 'PYTHON_EGG_CACHE', 'PYTHONHASHSEED', 'PYTHONCOERCECLOCALE')]",
            mount,
          ),
        ).toEqual(['C', 'C.UTF-8', '/tmp/eggs', null, null]);
        expect(
          await evaluate(site, "[name for name in os.environ if name.lower().startswith(('wsgi', 'npm_'))]", mount),
        ).toEqual([]);
        expect(
          await evaluate(site, "os.environ['HOME'] == __import__('pwd').getpwuid(os.geteuid()).pw_dir", mount),
        ).toBe(true);
        expect(
          await evaluate(
            site,
            "[p for p in sys.path if 'gateway' in p] + [n for n in sys.modules if 'scope' in n]",
            mount,
          ),
        ).toEqual([]);
        expect(await evaluate(site, "[sys.argv, hash('a') == hash('a'), sys.stdin.read()]", mount)).toEqual([
          ['mod_wsgi'],
          true,
          '',
        ]);
      }
      expect(await evaluate(site, "hash('wsgi')")).toBe(
        Number(
          execFileSync('python3', ['-c', "print(hash('wsgi'))"], {
            encoding: 'utf8',
            env: { ...process.env, PYTHONHASHSEED: '5' },
          }),
        ),
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('takes a C locale as it is', async () => {
    await using site = await serve(daemon('locale=C'), { 'app.wsgi': evaluating });
    expect(await evaluate(site, "[sys.flags.utf8_mode, os.environ['LC_ALL']]")).toEqual([0, 'C']);
  });

  it('says which locale the machine does not have, and runs without it', async () => {
    await using site = await serve(daemon('locale=xx_XX.UTF-8'), { 'app.wsgi': evaluating });
    expect(await evaluate(site, '1')).toBe(1);
    expect(site.log.join('\n')).toContain('Unsupported locale setting xx_XX.UTF-8');
  });

  it('uses the packages of the virtual environment that python-home names', async () => {
    await using site = await serve(
      daemon(`python-home=\${here}/venv`),
      { 'app.wsgi': evaluating },
      {},
      '4.9',
      'event',
      (here) => {
        execFileSync('python3', ['-m', 'venv', '--without-pip', `${here}/venv`]);
        const packages = execFileSync(
          `${here}/venv/bin/python3`,
          ['-c', "import sysconfig; print(sysconfig.get_path('purelib'))"],
          { encoding: 'utf8' },
        ).trim();
        writeFileSync(`${packages}/only_here.py`, 'here = True\n');
      },
    );
    for (const mount of ['/', '/main']) expect(await evaluate(site, "__import__('only_here').here", mount)).toBe(true);
  });
});

describe('a child of the server', () => {
  it('has the settings of embedded mode: path, optimisation, warnings, byte code', async () => {
    await using site = await serve(
      `WSGIPythonPath \${here}/lib\nWSGIPythonOptimize 2\nWSGIPythonWarnings error::UserWarning\nWSGIDontWriteBytecode On\nWSGIPythonEggs /eggs\n${embedded}`,
      { 'app.wsgi': evaluating },
    );
    expect(
      await evaluate(
        site,
        "[sys.path[0], sys.flags.optimize, sys.warnoptions, sys.dont_write_bytecode, os.environ['PYTHON_EGG_CACHE']]",
      ),
    ).toEqual([site.file('lib'), 2, ['error::UserWarning'], true, '/eggs']);
  });
});

describe('what applications may not do', () => {
  it('is to handle signals, unless it is allowed: then only the main thread could', async () => {
    const register = "__import__('signal').signal(23, os.getpid) is os.getpid";
    await using restricted = await serve(daemon(''), { 'app.wsgi': evaluating });
    await using free = await serve(`WSGIRestrictSignal Off\n${daemon('')}`, { 'app.wsgi': evaluating });
    for (const mount of ['/', '/main']) {
      expect(await evaluate(restricted, register, mount)).toBe(true);
      expect(await evaluate(free, register, mount)).toMatch(/^ValueError: signal only works in main thread/);
    }
    expect(restricted.log.join('\n')).toMatch(/Callback registration for signal 23 ignored\.[\s\S]*app\.wsgi/);
  });

  it('is to use a restricted stream, whatever of it', async () => {
    await using site = await serve(`WSGIRestrictStdin On\nWSGIRestrictStdout On\n${daemon('')}`, {
      'app.wsgi': evaluating,
    });
    for (const mount of ['/', '/main']) {
      expect(await evaluate(site, 'sys.stdin.read', mount)).toBe('OSError: sys.stdin access restricted by mod_wsgi');
      expect(await evaluate(site, "print('x')", mount)).toBe('OSError: sys.stdout access restricted by mod_wsgi');
      expect(await evaluate(site, '[str(type(sys.stdin)), sys.stderr.write("kept\\n") > 0]', mount)).toEqual([
        "<class 'mod_wsgi.Restricted'>",
        true,
      ]);
    }
  });
});

describe('a gateway that cannot give what is asked', () => {
  it.each([
    [
      'home=/nowhere/at/all',
      /'shop' cannot be started with home=\/nowhere\/at\/all: .*No such file or directory\nfix: /,
    ],
    ['virtual-memory-limit=20000000', /'shop' cannot be started with virtual-memory-limit=20000000: /],
    ['python-home=/nowhere', /no Python: \/nowhere\/bin\/python3 was not found/],
  ])('says so before it starts anything: %s', async (options, message) => {
    await expect(serve(daemon(options), { 'app.wsgi': evaluating })).rejects.toThrow(message);
  });
});

describe('what a process writes at its very end', () => {
  it('is in the log when it is gone, by whatever way it was written, with its interpreter named', async () => {
    const text = `
import os, sys
def application(environ, start_response):
    for number in range(200):
        print('line %d of stdout' % number)
    sys.stderr.write('last of stderr\\n')
    os.write(1, b'past every stream, without an end')
    os.kill(os.getpid(), 9)
`;
    await using site = await serve(daemon(''), { 'app.wsgi': text });
    expect((await site.ask('/main')).status).toBe(500);
    await site.recorder.when(
      (event): event is TraceEvent => event.kind === 'process.exited',
      AbortSignal.timeout(60_000),
    );
    const log = site.log.join('\n');
    expect(log).toMatch(/line 0 of stdout\n[\s\S]*line 199 of stdout\n.*last of stderr/);
    expect(log).toContain('past every stream, without an end');
    expect(site.log.find((line) => line.endsWith('last of stderr'))).toContain('%{GLOBAL}');
  });
});

const systemPython = '/usr/bin/python3';
const isRoot = process.geteuid?.() === 0;

describe.runIf(isRoot && existsSync(systemPython))('a gateway of root', () => {
  const readable = (site: Serving): void => chmodSync(dirname(site.file('app.wsgi')), 0o755);

  it('runs each group as its user and group, which begins in its home directory', async () => {
    await using site = await serve(
      `User nobody\n${daemon('user=daemon supplementary-groups=adm,tty')}WSGIDaemonProcess plain\nWSGIScriptAliasMatch ^/plain \${here}/app.wsgi process-group=plain\n`.replace(
        /(WSGIScriptAlias \/main[\s\S]*?)(WSGIDaemonProcess plain[\s\S]*)/,
        '$2$1',
      ),
      { 'app.wsgi': evaluating },
      { python: systemPython },
    );
    readable(site);
    const account =
      "[__import__('pwd').getpwuid(os.getuid()).pw_name, os.geteuid() == os.getuid(), len(os.getgroups()), os.environ['HOME']]";
    for (const mount of ['/', '/main'])
      expect(await evaluate(site, account, mount)).toEqual(['daemon', true, 3, '/usr/sbin']);
    expect(await evaluate(site, 'os.getcwd()')).toBe('/usr/sbin');
    expect(((await evaluate(site, account, '/plain')) as unknown[])[0]).toBe('nobody');
    expect(await evaluate(site, 'os.getcwd()', '/plain')).toBe(process.cwd());
  });

  it('runs the children as the user of the server, who cannot read what is not for them', async () => {
    await using site = await serve(
      `User nobody\nGroup nogroup\n${embedded}`,
      { 'app.wsgi': evaluating },
      { python: systemPython },
    );
    expect((await site.ask('/?1')).status).toBe(404);
    readable(site);
    expect(
      await evaluate(site, "[__import__('pwd').getpwuid(os.getuid()).pw_name, os.getgroups()[0] == os.getgid()]"),
    ).toEqual(['nobody', true]);
  });

  it('says which user is missing', async () => {
    await expect(
      serve(daemon('user=nosuchuser'), { 'app.wsgi': evaluating }, { python: systemPython }),
    ).rejects.toThrow(/'shop' cannot be started with user=nosuchuser: there is no user nosuchuser/);
  });
});

describe.runIf(!isRoot)('a gateway of anyone else', () => {
  it('says which accounts it ignores, as Apache does without a word', async () => {
    await using site = await serve(daemon('user=nosuchuser group=nosuchgroup'), { 'app.wsgi': evaluating });
    expect(await evaluate(site, '1')).toBe(1);
    expect(site.log.join('\n')).toContain('user nosuchuser, group nosuchgroup ignored');
  });
});
