/**
 * Servers whose workers are all alike, as worlds: what running gunicorn, uWSGI and plain servers has in common. Each says
 * in its own file how it is started, what its log means, and what signals do to it.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applicationsOf, type Deployment, type WorkerDeployment } from '../../spec/deployment.ts';
import type { Listen } from '../../spec/deployments/listen.ts';
import type { Scenario } from '../../spec/scenario.ts';
import type { ServerSignal, Trace, TraceEvent } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis } from '../../spec/vocabulary.ts';
import type { World } from '../../spec/world.ts';
import { drive } from '../../src/probe/drive.ts';
import { startTimeOf } from '../../src/probe/process-mark.ts';
import { neighbourOf, rewriteScript } from '../../src/probe/script-damage.ts';
import { advanceModificationTime } from '../../src/probe/script-time.ts';
import type { Target } from '../../src/probe/target.ts';
import { FamilyWatch } from './family-watch.ts';
import { freePorts } from './free-ports.ts';
import { pause } from './pause.ts';
import { type Launch, ProcessFamily, type Stopping } from './process-family.ts';
import { seenFromOutside } from './seen-from-outside.ts';
import { WorkerFiles } from './worker-files.ts';

/** One kind of server. */
export interface WorkerServer<D extends WorkerDeployment> {
  /** How reports name its world. */
  readonly name: string;
  /**
   * The deployment, where it is one that this server can run.
   * @throws TypeError or RangeError where it is not: a bug of the caller.
   */
  accept(deployment: Deployment): D;
  /** How it is started. It may write files of its own into the place's folder. */
  launch(deployment: D, place: WorkerPlace): Launch | Promise<Launch>;
  /**
   * Whether it says, in what it wrote, that it does not start with this configuration: then the run goes on, and nobody
   * answers. Absent is that an end before it is ready is never the configuration's.
   */
  refuses?(complaint: string): boolean;
  /** The way to stop it that is quick and sure. */
  readonly stopping: Stopping;
  /** Follows one run of it. */
  follow(deployment: D, running: RunningServer): Following;
}

export interface WorkerPlace {
  /** Where it may write, and what is its home. */
  readonly folder: string;
  readonly files: WorkerFiles;
  /** Where it really listens instead. */
  readonly at: (listen: Listen) => string;
}

export interface RunningServer {
  readonly family: ProcessFamily;
  readonly watch: FamilyWatch;
  /** Whether somebody takes connections at every port. */
  readonly isListening: () => Promise<boolean>;
}

/** What is known of a server while it runs, by its log or by looking at it. */
export interface Following {
  /** Hears each line that it writes. */
  heard(line: string): void;
  /** The pids of those of its processes that may run applications, as far as the log does not tell. */
  candidates?(): Iterable<number>;
  /** Whether it has come so far that requests can be sent. */
  isReady(): boolean | Promise<boolean>;
  /** How many processes it keeps at this moment; null where one that ends is not replaced. */
  keeps(): number | null;
  /** As {@link Target.signalServer}. */
  signal(signal: ServerSignal, aborted: AbortSignal): Promise<void>;
}

export interface WorkerWorldOptions {
  readonly onEvent?: (event: TraceEvent) => void;
  readonly onLog?: (line: string) => void;
  /** How long a request that must wait is given to show that it does not, in ms. */
  readonly queuePatience?: number;
  /** How long a server may take to start, in ms. */
  readonly startPatience?: number;
}

/** Longest time to wait for a process that ends, and for the one after it, in ms. */
const patience = { end: 15_000, replace: 5_000 } as const;

/** How often a server is started on other ports because somebody else took one between choosing and starting. */
const attempts = 5;

export const workerWorld = <D extends WorkerDeployment>(
  server: WorkerServer<D>,
  options: WorkerWorldOptions = {},
): World => ({
  name: server.name,
  sees: seenFromOutside,
  run: async ({ deployment: given, ...doing }, signal = new AbortController().signal) => {
    signal.throwIfAborted();
    const deployment = server.accept(given);
    for (let attempt = 1; ; attempt++) {
      try {
        return await run({ ...doing, deployment }, server, options, signal);
      } catch (error) {
        if (!(error instanceof PortTaken) || attempt === attempts) throw error;
      }
    }
  },
});

class PortTaken extends Error {}

async function run<D extends WorkerDeployment>(
  scenario: Scenario<D>,
  server: WorkerServer<D>,
  options: WorkerWorldOptions,
  signal: AbortSignal,
): Promise<Trace> {
  const { deployment } = scenario;
  const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-server-'));
  try {
    const ports = await freePorts([...new Set(deployment.listens.map(({ port }) => port))]);
    const files = await WorkerFiles.write(join(folder, 'files'), applicationsOf(deployment));
    await mkdir(join(folder, 'home'));
    const place = { folder: join(folder, 'home'), files, at: ({ port }: Listen) => `127.0.0.1:${ports.get(port)}` };
    let following: Following | undefined;
    const early: string[] = [];
    const family = await ProcessFamily.start({
      ...(await server.launch(deployment, place)),
      folder,
      onLine: (line) => {
        options.onLog?.(line);
        if (following) following.heard(line);
        else early.push(line);
      },
    });
    const watch = new FamilyWatch(() => following?.candidates?.() ?? []);
    try {
      following = server.follow(deployment, { family, watch, isListening: () => areTaken(ports.values()) });
      for (const line of early) following.heard(line);
      await started({ server, family, following, patience: options.startPatience ?? 20_000 }, signal);
      const began = performance.now();
      const recorder = new TraceRecorder(() => millis(performance.now() - began));
      if (options.onEvent) recorder.subscribe(options.onEvent);
      watch.start(recorder);
      await drive(
        scenario,
        targetOf({ ports, files, watch, following, queuePatience: options.queuePatience ?? 100 }),
        recorder,
        signal,
      );
      watch.look();
      return recorder.trace;
    } finally {
      watch.stop();
      await family.stop(server.stopping);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Starting {
  readonly server: Pick<WorkerServer<never>, 'name' | 'refuses'>;
  readonly family: ProcessFamily;
  readonly following: Following;
  readonly patience: number;
}

/** Waits until the server is ready, or has refused to start. @throws what it wrote, where it ended before or is not ready in time. */
async function started({ server, family, following, patience: longest }: Starting, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + longest;
  while (!(await following.isReady())) {
    if (family.hasEnded) {
      // Whoever else holds its streams may live longer.
      await Promise.race([family.whenHeard, pause(200, signal)]);
      if (server.refuses?.(family.complaint)) return;
      const Fault = /address already in use/i.test(family.complaint) ? PortTaken : Error;
      throw new Fault(`${server.name} did not start:\n${family.complaint}`);
    }
    if (performance.now() > giveUpAt)
      throw new Error(`${server.name} is not ready after ${longest / 1000} seconds:\n${family.complaint}`);
    await pause(5, signal);
  }
}

const areTaken = async (ports: Iterable<number>): Promise<boolean> =>
  (await Promise.all([...ports].map(isTaken))).every((taken) => taken);

/** Whether anybody takes connections there. */
const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

interface Running {
  readonly ports: ReadonlyMap<number, number>;
  readonly files: WorkerFiles;
  readonly watch: FamilyWatch;
  readonly following: Following;
  readonly queuePatience: number;
}

const targetOf = ({ ports, files, watch, following, queuePatience }: Running): Target => ({
  connect: (port) => {
    const real = ports.get(port);
    if (real === undefined) throw new Error(`the deployment does not listen on port ${port}`);
    return { host: '127.0.0.1', port: real };
  },
  observed: (seen) => watch.observed(seen),
  touch: (script) => advanceModificationTime(files.moved(script)),
  rewrite: (script, damage) => rewriteScript(files.moved(script), damage),
  touchModule: (script) => advanceModificationTime(neighbourOf(files.moved(script))),
  signal: (pid, name) => {
    if (startTimeOf(pid) !== null) process.kill(pid, name);
  },
  signalServer: async (name, aborted) => {
    await following.signal(name, aborted);
    watch.look();
  },
  whenQueued: (_request, signal) => pause(queuePatience, signal),
  whenReplaced: async ({ process: mark }, signal) => {
    if (mark === null) return;
    const isGone = await watch.until(() => !watch.alive.has(mark), patience.end, signal);
    if (!isGone) return;
    await watch.until(() => watch.alive.size >= (following.keeps() ?? 0), patience.replace, signal);
  },
});

/** A deployment in the words of its server: the command line by which it would be started, for whoever tries it by hand. */
export function commandLineOf(launch: (place: WorkerPlace) => Launch): string {
  const { program, parameters, environment } = launch({
    folder: '.',
    files: WorkerFiles.asDeployed(),
    at: ({ address, port }) => `${address}:${port}`,
  });
  const { PYTHONPATH: path } = environment;
  return [...(path === undefined ? [] : [`PYTHONPATH=${quoted(path)}`]), ...[program, ...parameters].map(quoted)].join(
    ' ',
  );
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** What Python servers need around them, and nothing of the user's own. */
export const pythonEnvironment = (place: WorkerPlace, importedFrom: readonly string[]): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  HOME: place.folder,
  TMPDIR: place.folder,
  PYTHONPATH: [...new Set(importedFrom)].join(':'),
  // A module that is written anew is also read anew, whatever the clock of the file system says.
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONUNBUFFERED: '1',
});
