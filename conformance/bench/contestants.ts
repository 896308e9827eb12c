/** The servers that are measured, each started on a free port with two processes of four threads. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../adapters/free-ports.ts';
import { findApache } from '../servers/find-apache.ts';

export const processes = 2;
export const threads = 4;

/** A server that runs. */
export interface Contestant {
  readonly kind: ContestantKind;
  readonly port: number;
  readonly child: ChildProcess;
  /** Makes it run the script's new text, by the means of this server. */
  reload(): void;
}

export interface ContestantKind {
  readonly name: string;
  /** As the server says it; null where it is not installed. */
  readonly version: () => string | null;
  /** What to install where it is missing. */
  readonly from: string;
  /** Starts it; it need not listen yet. @param folder - Its own, empty. @param script - The application's file. */
  readonly start: (folder: string, script: string) => Promise<Omit<Contestant, 'kind'>>;
}

/** The interpreter that all contestants share, so that servers are compared and not builds of Python. */
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

const gateway: ContestantKind = {
  name: 'wsgiscope gateway',
  version: () => says(python, ['--version'])?.replace('Python', 'CPython') ?? null,
  from: 'this repository',
  start: async (folder, script) => {
    const configuration = join(folder, 'gateway.conf');
    writeFileSync(configuration, `Listen 8080\nServerName localhost\n${daemon(script)}`);
    const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [main, 'serve', configuration, '--port', `8080=${port}`, '--python', python],
      quiet,
    );
    return { port, child, reload: () => {} };
  },
};

const apache: ContestantKind = {
  name: 'Apache + mod_wsgi daemon',
  version: () => {
    const found = findApache();
    const [, release] = /Apache\/([\d.]+)/.exec((found && says(found.executable, ['-v'])) ?? '') ?? [];
    return found && release ? `Apache ${release} (event), mod_wsgi ${found.modWsgi.version}` : null;
  },
  from: 'apache2 libapache2-mod-wsgi-py3',
  start: async (folder, script) => {
    const found = findApache();
    if (!found) throw new Error('Apache is gone');
    const port = await freePort();
    const modules = ['mpm_event', 'authz_core', 'wsgi'].map(
      (name) => `LoadModule ${name}_module ${join(found.modules, `mod_${name}.so`)}\n`,
    );
    const user = process.getuid?.() === 0 ? 'User www-data\nGroup www-data\n' : '';
    const configuration = join(folder, 'apache.conf');
    writeFileSync(
      configuration,
      `ServerRoot ${folder}\n${modules.join('')}Listen 127.0.0.1:${port}\nServerName localhost\n${user}PidFile pid
ErrorLog error.log\nMutex sem\nMaxKeepAliveRequests 0\nWSGISocketPrefix ${join(folder, 'wsgi')}\n${daemon(script)}`,
    );
    return {
      port,
      child: spawn(found.executable, ['-f', configuration, '-D', 'FOREGROUND'], quiet),
      reload: () => {},
    };
  },
};

const gunicorn = (worker: 'gthread' | 'sync'): ContestantKind => ({
  name: `gunicorn ${worker}`,
  version: () => says('gunicorn', ['--version'])?.replace(/gunicorn \(version (.*)\)/, 'gunicorn $1') ?? null,
  from: 'gunicorn',
  start: async (folder, script) => {
    const port = await freePort();
    const size = ['--workers', String(processes), ...(worker === 'gthread' ? ['--threads', String(threads)] : [])];
    const child = spawn(
      'gunicorn',
      ['--worker-class', worker, ...size, '--bind', `127.0.0.1:${port}`, '--chdir', folder, moduleOf(folder, script)],
      quiet,
    );
    return { port, child, reload: () => child.kill('SIGHUP') };
  },
});

/**
 * uWSGI behind its own HTTP router, as its manual has it for servers that clients reach, or with workers that speak HTTP
 * themselves. Source: uWSGI 2.0, "Native HTTP support".
 */
const uwsgi = (front: 'http' | 'http11-socket'): ContestantKind => ({
  name: `uWSGI ${front}`,
  version: () => says('uwsgi', ['--version'])?.replace(/^/, 'uWSGI ') ?? null,
  from: 'uwsgi uwsgi-plugin-python3',
  start: async (folder, script) => {
    const port = await freePort();
    const again = join(folder, 'reload');
    writeFileSync(again, '');
    const address = `127.0.0.1:${port}`;
    const entry =
      front === 'http'
        ? ['--plugin', 'http', '--http', address, '--http-keepalive', '--add-header', 'Connection: Keep-Alive']
        : ['--http11-socket', address];
    const size = ['--master', '--processes', String(processes), '--threads', String(threads), '--listen', '100'];
    const how = ['--wsgi-file', script, '--touch-reload', again, '--die-on-term', '--disable-logging'];
    const child = spawn('uwsgi', ['--plugin', 'python3', ...entry, ...size, ...how], quiet);
    return { port, child, reload: () => writeFileSync(again, 'again') };
  },
});

/** The gateway first: the others are compared with it. */
export const contestantKinds: readonly [ContestantKind, ...ContestantKind[]] = [
  gateway,
  apache,
  gunicorn('gthread'),
  gunicorn('sync'),
  uwsgi('http'),
  uwsgi('http11-socket'),
];

const quiet = { stdio: 'ignore' } as const;

const daemon = (script: string): string =>
  `WSGIDaemonProcess bench processes=${processes} threads=${threads} display-name=%{GROUP}\nWSGIScriptAlias / ${script} process-group=bench application-group=%{GLOBAL}\n<Directory />\nRequire all granted\n</Directory>\n`;

const freePort = async (): Promise<number> => (await freePorts([8080])).get(8080) ?? 0;

/** gunicorn takes a module: one that is the script. */
function moduleOf(folder: string, script: string): string {
  const name = JSON.stringify(script);
  writeFileSync(join(folder, 'bench_application.py'), `exec(compile(open(${name}).read(), ${name}, 'exec'))\n`);
  return 'bench_application:application';
}

function says(command: string, words: readonly string[]): string | null {
  try {
    return execFileSync(command, [...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/** Kills a contestant and everything it started: a parent that is killed takes nobody with it. */
export function killFamily({ child }: Contestant): void {
  for (const pid of child.pid === undefined ? [] : [child.pid, ...descendants(child.pid)])
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It was gone already.
    }
}

/** Ends a contestant and everything it started. */
export async function end(contestant: Contestant): Promise<void> {
  const { child } = contestant;
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const enough = setTimeout(() => killFamily(contestant), 15_000);
  await ended;
  clearTimeout(enough);
}

/** The process ids of a server: its parent, and those of its processes that run the application. */
export function family({ child, kind }: Contestant): { readonly parent: number; readonly workers: readonly number[] } {
  const parent = child.pid ?? 0;
  const children = descendants(parent);
  // Apache's own children hold Python as well, and run nothing here.
  const workers =
    kind === apache
      ? children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('(wsgi:'))
      : children;
  return { parent, workers };
}

function descendants(of: number): readonly number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === of);
  return children.flatMap((pid) => [pid, ...descendants(pid)]);
}

function parentOf(pid: number): number | null {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return null; // Gone meanwhile.
  }
}
