/**
 * `npm run bench`: hello world on the gateway and on a peer, at two processes of four threads, in turns on one machine.
 * What counts is the ratio of neighbouring rounds: these machines are shared, and their speed drifts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../adapters/free-ports.ts';
import { findApache } from '../servers/find-apache.ts';
import { requestsPerSecond } from './load.ts';

const rounds = 5;
const load = { path: '/hello', connections: 32, seconds: 2 };
const application = `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '14')])
    return [b'Hello, world!\\n']
`;

interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
}

const directory = mkdtempSync(join(tmpdir(), 'wsgiscope-bench-'));
chmodSync(directory, 0o755); // Apache's children are another user.
const contestants: Contestant[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const { child } of contestants) child.kill('SIGTERM');
    process.exit(1);
  });
try {
  const script = join(directory, 'hello.wsgi');
  writeFileSync(script, application);
  contestants.push(await startGateway(script));
  contestants.push((await startApache(script)) ?? (await startWsgiref(script)));
  await compare(contestants);
} finally {
  for (const { child } of contestants) {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  rmSync(directory, { recursive: true, force: true });
}

/** Prints one line for each contestant and one for the ratio. */
async function compare([ours, peer]: readonly Contestant[]): Promise<void> {
  if (!ours || !peer) return;
  const rates: [number, number][] = [];
  for (let round = 0; round <= rounds; round++) {
    const pair: [number, number] = [
      await requestsPerSecond({ ...load, port: ours.port }),
      await requestsPerSecond({ ...load, port: peer.port }),
    ];
    if (round > 0) rates.push(pair); // The first round warms both up.
  }
  console.log(`hello world, 2 processes of 4 threads, ${load.connections} connections, ${rounds} rounds in turns`);
  console.log(
    `  ${ours.name}: ${summary(
      rates.map(([a]) => a),
      0,
    )} requests/s`,
  );
  console.log(
    `  ${peer.name}: ${summary(
      rates.map(([, b]) => b),
      0,
    )} requests/s`,
  );
  console.log(
    `  ratio: ${summary(
      rates.map(([a, b]) => a / b),
      2,
    )}`,
  );
}

function summary(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): string => (sorted[index] ?? 0).toFixed(digits);
  return `median ${at(Math.floor(sorted.length / 2))} (${at(0)} to ${at(sorted.length - 1)})`;
}

async function startGateway(script: string): Promise<Contestant> {
  const configuration = join(directory, 'gateway.conf');
  writeFileSync(configuration, `Listen 8080\nServerName localhost\n${daemon(script)}`);
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, 'serve', configuration, '--port', '8080=0']);
  const text = await said(child, /http:\/\/127\.0\.0\.1:(\d+).*Ctrl-C stops/s);
  return { name: 'gateway', port: Number(/:(\d+)/.exec(text)?.[1]), child };
}

async function startApache(script: string): Promise<Contestant | null> {
  const found = findApache();
  if (!found) return null;
  const port = (await freePorts([8080])).get(8080) ?? 0;
  const modules = ['mpm_event', 'authz_core', 'wsgi'].map(
    (name) => `LoadModule ${name}_module ${join(found.modules, `mod_${name}.so`)}\n`,
  );
  const user = process.getuid?.() === 0 ? 'User www-data\nGroup www-data\n' : '';
  const configuration = join(directory, 'apache.conf');
  writeFileSync(
    configuration,
    `ServerRoot ${directory}\n${modules.join('')}Listen 127.0.0.1:${port}\nServerName localhost\n${user}PidFile pid
ErrorLog error.log\nMutex sem\nMaxKeepAliveRequests 0\nWSGISocketPrefix ${join(directory, 'wsgi')}\n${daemon(script)}`,
  );
  const child = spawn(found.executable, ['-f', configuration, '-D', 'FOREGROUND'], { stdio: 'inherit' });
  await answering(port);
  return { name: `Apache with mod_wsgi ${found.modWsgi.version}, daemon mode`, port, child };
}

/** The peer where there is no Apache: Python's own server, one process and one thread. */
async function startWsgiref(script: string): Promise<Contestant> {
  const program = `
import runpy, wsgiref.simple_server as s
class Quiet(s.WSGIRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *words): pass
server = s.make_server('127.0.0.1', 0, runpy.run_path('${script}')['application'], handler_class=Quiet)
print('port', server.server_port, flush=True)
server.serve_forever()
`;
  const child = spawn('python3', ['-c', program]);
  const text = await said(child, /port \d+/);
  return { name: "Python's wsgiref, one thread", port: Number(/\d+/.exec(text)?.[0]), child };
}

function daemon(script: string): string {
  return `WSGIDaemonProcess hello processes=2 threads=4\nWSGIScriptAlias /hello ${script} process-group=hello application-group=%{GLOBAL}\n`;
}

/** What a program has written by the time it matches. */
function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (block: Buffer) => {
      text += block.toString();
      if (pattern.test(text)) resolve(text);
    });
    child.once('exit', (code) => reject(new Error(`a contestant ended with ${code}`)));
  });
}

/** Apache does not say when it listens: it is asked until it answers. */
async function answering(port: number): Promise<void> {
  const giveUp = Date.now() + 10_000;
  for (;;)
    try {
      await fetch(`http://127.0.0.1:${port}/hello`);
      return;
    } catch (error) {
      if (Date.now() > giveUp) throw error;
    }
}
