/**
 * One gateway that lives long: scripts are reloaded and processes replaced in it again and again, and its own heap and
 * descriptors are looked at early and late. What it keeps of a process that is gone would show as growth.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Happening } from '../../spec/trace.ts';
import { readApache } from '../../src/config/apache/read.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { advanceModificationTime } from '../../src/probe/script-time.ts';
import { collectedHeap } from './heap.ts';
import { children, openDescriptors, TimerWatch } from './leftovers.ts';

export interface EnduranceOptions {
  /** Script changes, each of which a request notices. */
  readonly reloads: number;
  /** Processes that end and are replaced, beside those that a reload ends. */
  readonly replacements: number;
  readonly python?: string;
  /** Ends the run early; what was measured until then is returned. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly reloads: number;
  readonly replacements: number;
}

export interface Endured extends Progress {
  readonly requests: number;
  /** Of the program that runs the gateway, at a quiet moment. */
  readonly early: Footprint;
  readonly late: Footprint;
  /** When the gateway has stopped. */
  readonly left: {
    readonly descriptors: readonly string[];
    readonly children: readonly number[];
    readonly timers: readonly string[];
  };
}

export interface Footprint {
  /** Processes that had ended by then, for whatever reason. */
  readonly ended: number;
  /** Bytes, after a collection of garbage. */
  readonly heap: number;
  readonly descriptors: number;
}

/** Processes that ended between the two looks. */
export const endedBetween = ({ early, late }: Pick<Endured, 'early' | 'late'>): number => late.ended - early.ended;

/**
 * How much the heap may have grown between the two looks, in bytes. What is kept of a process is at least an entry of a
 * map with its name, some 100 bytes; an actor that nobody let go of was 2 kB. Beside that the heap goes up and down by
 * what V8 compiles and throws away, which does not depend on how many processes there were.
 */
export const allowedGrowth = (ended: number): number => 2 ** 20 + 100 * ended;

/** Complaints, each one sentence; none where the gateway keeps nothing of what is gone. */
export function enduranceComplaints(endured: Pick<Endured, 'early' | 'late' | 'left'>): readonly string[] {
  const { early, late, left } = endured;
  const ended = endedBetween(endured);
  const grown = late.heap - early.heap;
  return [
    ...(grown > allowedGrowth(ended)
      ? [`the heap grew by ${grown} bytes while ${ended} processes ended; ${allowedGrowth(ended)} are allowed`]
      : []),
    ...(late.descriptors > early.descriptors + spareDescriptors
      ? [`there were ${early.descriptors} descriptors open, and later ${late.descriptors}`]
      : []),
    ...left.descriptors.map((what) => `a descriptor was left open: ${what}`),
    ...left.children.map((pid) => `process ${pid} was left`),
    ...left.timers.map((where) => `a timer was left that was set ${where}`),
  ];
}

/** The threads of a process connect a little after it is ready: fewer or more of them may be there at a look. */
const spareDescriptors = 16;

/** Processes that are used up at once, and clients that use them. */
const width = 4;
/** Requests between two graceful restarts of the whole server. */
const batch = 250;

/** @throws Error when a request is not answered, or a reload is not noticed. */
export async function endurance({
  reloads,
  replacements,
  python,
  signal,
  onProgress = () => {},
}: EnduranceOptions): Promise<Endured> {
  const descriptors = openDescriptors();
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-endurance-'));
  using timers = new TimerWatch();
  try {
    const life = await Life.begin(folder, python);
    const done = { reloads: 0, replacements: 0 };
    const goesOn = (): boolean => !signal?.aborted;
    // What is made once for good, code that V8 compiles included, is there after the first part.
    const parts = [0.4, 1];
    const looks: Footprint[] = [];
    try {
      for (const part of parts) {
        while (goesOn() && done.reloads < part * reloads) {
          await life.reload(done.reloads % 2 === 0 ? '/embedded' : '/reloaded');
          done.reloads++;
          onProgress(done);
        }
        while (goesOn() && done.replacements < part * replacements) {
          const count = Math.min(batch, Math.ceil(part * replacements) - done.replacements);
          await life.useUp(count, () => {
            done.replacements++;
            onProgress(done);
            return goesOn();
          });
          await life.restart();
        }
        looks.push(await life.look());
      }
    } finally {
      await life.end();
    }
    // A timer that was cleared is reported a little later.
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    const [early, late] = looks as [Footprint, Footprint];
    return {
      ...done,
      requests: life.requests,
      early,
      late,
      left: {
        descriptors: openDescriptors().filter((what) => !descriptors.includes(what)),
        children: children(),
        timers: timers.running,
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Life {
  requests = 0;
  #ended = 0;
  readonly #folder: string;
  #gateway!: Gateway;
  /** What the last load of a script calls itself. */
  readonly #loads = new Map<string, string>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async begin(folder: string, python: string | undefined): Promise<Life> {
    const life = new Life(folder);
    life.#gateway = await Gateway.start({
      deployment: deploymentIn(folder),
      portFor: () => 0,
      observe: (happening: Happening) => {
        if (happening.kind === 'process.exited') life.#ended++;
      },
      ...(python !== undefined && { python }),
    });
    return life;
  }

  /** Changes a script and asks until the change has been noticed: a child notices by itself, a process for all. */
  async reload(mount: string): Promise<void> {
    await advanceModificationTime(scriptOf(this.#folder, mount));
    const load = await this.#ask(mount);
    if (load === this.#loads.get(mount)) throw new Error(`${mount} was not loaded again`);
    this.#loads.set(mount, load);
  }

  /** So many requests, each of which is the last one of its process. */
  async useUp(count: number, next: () => boolean): Promise<void> {
    let left = count;
    const client = async (): Promise<void> => {
      while (left-- > 0) {
        await this.#ask('/spent');
        if (!next()) left = 0;
      }
    };
    await Promise.all(Array.from({ length: width }, client));
  }

  async restart(): Promise<void> {
    this.#gateway.signal('SIGUSR1');
    await this.#gateway.whenSignalled('SIGUSR1');
  }

  async look(): Promise<Footprint> {
    const heap = await collectedHeap();
    return { ended: this.#ended, heap, descriptors: openDescriptors().length };
  }

  end(): Promise<void> {
    return this.#gateway.stop();
  }

  async #ask(path: string): Promise<string> {
    this.requests++;
    return new Promise((resolve, reject) => {
      const port = this.#gateway.ports.get(8080) ?? 0;
      const asked = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (block: string) => {
          text += block;
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${path} got ${response.statusCode}`));
        });
      });
      asked.on('error', reject);
      asked.end();
    });
  }
}

const mounts = ['/embedded', '/reloaded', '/spent'] as const;
const scriptOf = (folder: string, mount: string): string => join(folder, `${mount.slice(1)}.wsgi`);

/** One child, so that it is known who notices a change; each of its generations is replaced now and then. */
function deploymentIn(folder: string) {
  for (const mount of mounts) writeFileSync(scriptOf(folder, mount), application);
  const file = join(folder, 'endurance.conf');
  const text = `
Listen 8080
ServerName localhost
StartServers 1
ServerLimit 2
ThreadLimit ${2 * width}
ThreadsPerChild ${2 * width}
MaxRequestWorkers ${4 * width}
MinSpareThreads 1
MaxSpareThreads ${4 * width}
WSGIDaemonProcess reloaded processes=1 threads=1
WSGIDaemonProcess spent processes=${width} threads=1 maximum-requests=1
WSGIScriptAlias /embedded ${scriptOf(folder, '/embedded')} application-group=%{GLOBAL}
WSGIScriptAlias /reloaded ${scriptOf(folder, '/reloaded')} process-group=reloaded application-group=%{GLOBAL}
WSGIScriptAlias /spent ${scriptOf(folder, '/spent')} process-group=spent application-group=%{GLOBAL}
<Directory ${folder}>
Require all granted
</Directory>
`;
  const { deployment, diagnostics } = readApache({ file, text, source: filesInMemory({}), modWsgi: '4.9' });
  if (!deployment) throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return deployment;
}

/** Answers with a name for this load of it. */
const application = `
import os
load = os.urandom(8).hex()
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [load.encode()]
`;
