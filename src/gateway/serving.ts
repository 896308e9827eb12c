/** For tests: a configuration with its scripts, served for real from a temporary directory. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import type { ApacheDeployment, ModWsgiRelease, Mpm } from '../../spec/deployments/apache.ts';
import type { Happening } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis } from '../../spec/vocabulary.ts';
import { readApache } from '../config/apache/read.ts';
import { filesInMemory } from '../config/source.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';

export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Serving extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly recorder: TraceRecorder;
  readonly log: readonly string[];
  /** The file of a script, by its name. */
  file(name: string): string;
  /** Restarts with another configuration, which stands behind the same first lines. */
  restart(signal: 'SIGUSR1' | 'SIGHUP', configuration: string): Promise<void>;
  /** @throws Error when the connection ends before the response does. */
  ask(path: string, options?: RequestOptions, body?: string | Buffer): Promise<Reply>;
}

/**
 * @param configuration - Apache text; `${here}` is the directory of the scripts. Port 8080 and one child of two
 * threads (under prefork of one) unless it says otherwise.
 * @param furnish - Puts whatever else is needed beside the scripts.
 */
export async function serve(
  configuration: string,
  scripts: Readonly<Record<string, string>>,
  options: Partial<GatewayOptions> | ((deployment: ApacheDeployment) => Partial<GatewayOptions>) = {},
  modWsgi: ModWsgiRelease = '4.9',
  mpm: Mpm = 'event',
  furnish: (directory: string) => void = () => {},
): Promise<Serving> {
  const directory = mkdtempSync(join(tmpdir(), 'wsgiscope-test-'));
  const file = (name: string): string => join(directory, name);
  for (const [name, text] of Object.entries(scripts)) writeFileSync(file(name), text);
  furnish(directory);
  const head = `Define here ${directory}\nListen 8080\nServerName localhost\n${smallPool[mpm]}`;
  const read = (what: string): ApacheDeployment => {
    const { deployment, diagnostics } = readApache({
      file: file('test.conf'),
      text: what,
      source: filesInMemory({}),
      modWsgi,
      mpm,
    });
    if (!deployment) throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
    return deployment;
  };
  const began = performance.now();
  const recorder = new TraceRecorder(() => millis(performance.now() - began));
  const log: string[] = [];
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const deployment = read(head + configuration);
  const gateway = await Gateway.start({
    deployment,
    portFor: () => 0,
    observe: (happening: Happening) => recorder.record(happening),
    log: (source, line) => log.push(`${source}: ${line}`),
    ...(typeof options === 'function' ? options(deployment) : options),
  }).catch((error: unknown) => {
    remove();
    throw error;
  });
  return {
    gateway,
    recorder,
    log,
    file,
    restart: (signal, text) => gateway.reconfigure(read(head + text), signal),
    ask: (path, how = {}, body) => ask(gateway.ports.get(8080) ?? 0, path, how, body),
    [Symbol.asyncDispose]: async () => {
      await gateway.stop();
      remove();
    },
  };
}

const smallPool = {
  prefork: 'StartServers 1\nServerLimit 2\nMaxRequestWorkers 2\nMinSpareServers 1\n',
  worker: 'StartServers 1\nServerLimit 2\nThreadsPerChild 2\nMaxRequestWorkers 4\nMinSpareThreads 1\n',
  event: 'StartServers 1\nServerLimit 2\nThreadsPerChild 2\nMaxRequestWorkers 4\nMinSpareThreads 1\n',
};

const ask = (port: number, path: string, how: RequestOptions, body?: string | Buffer): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false, ...how }, (response) => {
      const blocks: Buffer[] = [];
      response.on('data', (block: Buffer) => blocks.push(block));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          headers: response.headers,
          body: Buffer.concat(blocks).toString(),
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });

/** Stops a process: SIGSTOP is sent to it, and until each of its threads has heard of that they go on. */
export async function suspend(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const threads = `/proc/${pid}/task`;
  const isStill = (thread: string): boolean => /\) [TZ] /.test(readFileSync(join(threads, thread, 'stat'), 'latin1'));
  for await (const _ of setInterval(1)) if (readdirSync(threads).every(isStill)) return;
}
