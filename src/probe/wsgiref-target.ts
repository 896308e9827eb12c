/**
 * The smallest server there is, for the tests beside this file: Python's own wsgiref in one child process. It loads
 * copies of the probe as script files, each as a module of its own, and is started again when it ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerSignal } from '../../spec/trace.ts';
import type { RequestId } from '../../spec/vocabulary.ts';
import { neighbourOf, rewriteScript, type ScriptDamage } from './script-damage.ts';
import { advanceModificationTime } from './script-time.ts';
import type { Serving, Target } from './target.ts';

const program = `
import os, sys, threading
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

def load(path):
    loader = SourceFileLoader('script_%d' % abs(hash(path)), path)
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module.application

scripts = {mount: load(path) for mount, path in (pair.split('=') for pair in sys.argv[2:])}

def dispatch(environ, start_response):
    mount = '/' + environ['PATH_INFO'].split('/')[1]
    if mount not in scripts:
        start_response('404 Not Found', [('Content-Type', 'text/plain')])
        return [b'no such script']
    environ['SCRIPT_NAME'] = mount
    environ['PATH_INFO'] = environ['PATH_INFO'][len(mount):]
    return scripts[mount](environ, start_response)

class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64

class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass

server = (Threaded if sys.argv[1] == 'threaded' else WSGIServer)(('127.0.0.1', 0), Quiet)
server.set_app(dispatch)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.server_port, flush=True)
server.serve_forever()
`;

export class WsgirefTarget implements Target {
  readonly #mode: 'threaded' | 'single';
  readonly #scripts: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #port = 0;

  /** @param scripts - Mount (`/shop`) to script file. */
  constructor(mode: 'threaded' | 'single', scripts: Readonly<Record<string, string>>) {
    this.#mode = mode;
    this.#scripts = scripts;
  }

  async start(): Promise<void> {
    const mounts = Object.entries(this.#scripts).map(([mount, script]) => `${mount}=${script}`);
    const child = spawn('python3', ['-c', program, this.#mode, ...mounts], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      this.#port = Number(line);
      return;
    }
    throw new Error('the wsgiref server ended before it listened');
  }

  async stop(): Promise<void> {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  connect(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.#port };
  }

  touch(script: string): Promise<void> {
    return advanceModificationTime(script);
  }

  rewrite(script: string, damage: ScriptDamage | null): Promise<void> {
    return rewriteScript(script, damage);
  }

  touchModule(script: string): Promise<void> {
    return advanceModificationTime(neighbourOf(script));
  }

  signal(pid: number, signal: NodeJS.Signals): void {
    process.kill(pid, signal);
  }

  /** It has no restart: each of these signals ends it. */
  async signalServer(signal: ServerSignal, aborted: AbortSignal): Promise<void> {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit', { signal: aborted });
    this.#child.kill(signal === 'SIGWINCH' ? 'SIGTERM' : signal);
    await gone;
  }

  /** Nobody outside can see wsgiref's queue. */
  async whenQueued(_request: RequestId, signal: AbortSignal): Promise<void> {
    await delay(50, undefined, { signal });
  }

  async whenReplaced(_process: Serving, signal: AbortSignal): Promise<void> {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null)
      await once(this.#child, 'exit', { signal });
    await this.start();
  }
}
