/**
 * A gateway under load while its processes are killed, stopped and reloaded and the server is restarted: everything from
 * one seed. What comes of it are books in which every request must have one outcome; see {@link file://./chaos-account.ts}.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis, type RequestId } from '../../spec/vocabulary.ts';
import { readApache } from '../../src/config/apache/read.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import type { ServerProcessView } from '../../src/gateway/processes/supervisor.ts';
import { advanceModificationTime } from '../../src/probe/script-time.ts';
import type { Account, Concluded, Disturbed } from './chaos-account.ts';
import { blockLength, ChaosClient } from './chaos-client.ts';
import { ChaosSchedule, mounts } from './chaos-schedule.ts';
import { children, openDescriptors } from './leftovers.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly python?: string;
  /** Clients that ask at once. */
  readonly clients?: number;
  /** @returns whether the load is to go on, after so many requests. */
  readonly goesOn: (requests: number) => boolean;
}

/** Runs until `goesOn` says no, stops the server, and returns the books. */
export async function chaos({ seed, python, clients = 12, goesOn }: ChaosOptions): Promise<Account> {
  const descriptors = openDescriptors();
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-chaos-'));
  try {
    const began = performance.now();
    const recorder = new TraceRecorder(() => millis(performance.now() - began));
    const notes = join(folder, 'notes');
    writeFileSync(notes, '');
    const gateway = await Gateway.start({
      deployment: deploymentIn(folder, notes),
      portFor: () => 0,
      trustsRequestIds: true,
      observe: (happening) => recorder.record(happening),
      ...(python !== undefined && { python }),
    });
    const outcomes = new Map<RequestId, Concluded>();
    const schedule = new ChaosSchedule(seed);
    const disturber = new Disturber(gateway, schedule, folder);
    try {
      const port = gateway.ports.get(8080) ?? 0;
      await Promise.all(
        Array.from({ length: clients }, async () => {
          const client = new ChaosClient(port);
          while (goesOn(outcomes.size)) {
            const errand = schedule.errand();
            const from = recorder.trace.length;
            outcomes.set(errand.request, { errand, outcomes: [], during: { from, to: from } });
            const reached = await client.carryOut(errand);
            outcomes.set(errand.request, { errand, outcomes: reached, during: { from, to: recorder.trace.length } });
            await disturber.requestEnded();
          }
          client.close();
          // From here on ever fewer requests end, and nothing else would let a stopped process go on.
          disturber.rest();
        }),
      );
    } finally {
      disturber.rest();
      await gateway.stop();
    }
    return {
      outcomes,
      disturbances: disturber.done,
      trace: recorder.trace,
      entered: entries(readFileSync(notes, 'latin1')),
      left: { descriptors: openDescriptors().filter((what) => !descriptors.includes(what)), children: children() },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How long a process is stopped at most, in ms. */
const longestStop = 400;

/** Does to the server what the schedule says, when so many requests have ended. */
class Disturber {
  readonly done: Disturbed[] = [];
  readonly #gateway: Gateway;
  readonly #schedule: ChaosSchedule;
  readonly #folder: string;
  #next;
  #ended = 0;
  #stopped: number | null = null;
  #isResting = false;
  #continuation: NodeJS.Timeout | undefined;

  constructor(gateway: Gateway, schedule: ChaosSchedule, folder: string) {
    this.#gateway = gateway;
    this.#schedule = schedule;
    this.#folder = folder;
    this.#next = schedule.disturbance();
  }

  async requestEnded(): Promise<void> {
    if (++this.#ended < this.#next.after || this.#isResting) return;
    const { what } = this.#next;
    this.#ended = 0;
    this.#next = this.#schedule.disturbance();
    this.#calm();
    const victim = 'of' in what ? this.#victim(what.of) : null;
    this.done.push({ what, process: victim?.process ?? null });
    switch (what.do) {
      case 'signal':
        if (victim) send(victim.pid, what.signal);
        return;
      case 'stop':
        if (victim) send(victim.pid, 'SIGSTOP');
        this.#stopped = victim?.pid ?? null;
        // Clients whose connections belong to a stopped child wait for it, and they may be all there are.
        this.#continuation = setTimeout(() => this.#calm(), longestStop);
        return;
      case 'touch':
        await advanceModificationTime(scriptOf(this.#folder, what.mount));
        return;
      case 'restart':
        this.#gateway.signal('SIGUSR1');
        return;
    }
  }

  /** Does nothing more, and lets a stopped process go on. */
  rest(): void {
    this.#isResting = true;
    this.#calm();
  }

  #calm(): void {
    clearTimeout(this.#continuation);
    if (this.#stopped !== null) send(this.#stopped, 'SIGCONT');
    this.#stopped = null;
  }

  /** One of the processes that there are just now and that the operating system knows already. */
  #victim(of: number): ServerProcessView | null {
    const processes = this.#gateway.processes.filter(({ pid }) => pid !== 0);
    return processes[of % processes.length] ?? null;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const scriptOf = (folder: string, mount: string): string => join(folder, `${mount.slice(1)}.wsgi`);

/** Two daemon groups, one of which replaces its processes often, and children that run a script themselves. */
function deploymentIn(folder: string, notes: string) {
  for (const mount of mounts) writeFileSync(scriptOf(folder, mount), application(notes));
  const file = join(folder, 'chaos.conf');
  const text = `
Listen 8080
ServerName localhost
StartServers 2
ServerLimit 4
ThreadsPerChild 8
MaxRequestWorkers 32
MinSpareThreads 4
MaxSpareThreads 24
MaxConnectionsPerChild 60
WSGIDaemonProcess one processes=2 threads=3 maximum-requests=60 graceful-timeout=5
WSGIDaemonProcess two processes=3 threads=1
WSGIScriptAlias /one ${scriptOf(folder, '/one')} process-group=one application-group=%{GLOBAL}
WSGIScriptAlias /two ${scriptOf(folder, '/two')} process-group=two
WSGIScriptAlias /embedded ${scriptOf(folder, '/embedded')}
<Directory ${folder}>
Require all granted
</Directory>
`;
  const { deployment, diagnostics } = readApache({ file, text, source: filesInMemory({}), modWsgi: '4.9' });
  if (!deployment) throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return deployment;
}

/** Notes each entry in one write, so that no kill can tear it, and answers with its request and process. */
const application = (notes: string): string => `
import os, time
notes = os.open(${JSON.stringify(notes)}, os.O_WRONLY | os.O_APPEND)
def application(environ, start_response):
    request = environ['HTTP_X_WSGISCOPE_REQUEST']
    os.write(notes, b'%s %d\\n' % (request.encode(), os.getpid()))
    pause, blocks = map(int, environ['QUERY_STRING'].split('&'))
    while environ['wsgi.input'].read(65536):
        pass
    time.sleep(pause / 1000)
    block = ('%s %d\\n' % (request, os.getpid())).ljust(${blockLength}).encode()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [block] if blocks == 1 else (block for _ in range(blocks))
`;

const entries = (text: string): Account['entered'] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [request = '', pid] = line.split(' ');
      return { request: request as RequestId, pid: Number(pid) };
    });
