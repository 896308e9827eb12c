/** A server behind an adapter in another language, as a world: what the kit wants is said by the adapter protocol. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from '../../spec/deployment.ts';
import type { PlainDeployment } from '../../spec/deployments/plain.ts';
import type { Scenario } from '../../spec/scenario.ts';
import type { HappeningKind, Trace } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis } from '../../spec/vocabulary.ts';
import type { World } from '../../spec/world.ts';
import { drive } from '../../src/probe/drive.ts';
import { startTimeOf } from '../../src/probe/process-mark.ts';
import { neighbourOf, rewriteScript } from '../../src/probe/script-damage.ts';
import { advanceModificationTime } from '../../src/probe/script-time.ts';
import type { Target } from '../../src/probe/target.ts';
import { Conversation } from '../protocol/conversation.ts';
import { type OkOf, protocolVersion } from '../protocol/messages.ts';
import { FamilyWatch } from './family-watch.ts';
import { pause } from './pause.ts';
import { seenFromOutside } from './seen-from-outside.ts';
import { WorkerFiles } from './worker-files.ts';
import type { WorkerWorldOptions } from './worker-server.ts';

export interface AdapterCommand {
  readonly words: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** See {@link Conversation}. */
  readonly validate: boolean;
}

/** What an adapter says of itself and its server. */
export type Metadata = OkOf<'hello'>;

/** How long the adapter may take, in ms. */
const patience = { hello: 10_000, start: 30_000, observe: 5_000, act: 30_000, stop: 5_000, end: 15_000 } as const;
/** How often the adapter is asked for the server's processes, in ms. */
const period = 50;

/** @throws AdapterFault where the adapter does not introduce itself. */
export async function introduced(command: AdapterCommand): Promise<Metadata> {
  const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-adapter-'));
  try {
    const conversation = await Conversation.begin({ ...command, folder });
    try {
      return await conversation.ask('hello', { protocol: protocolVersion }, patience.hello);
    } finally {
      await conversation.end();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const protocolWorld = (
  command: AdapterCommand,
  metadata: Metadata,
  options: WorkerWorldOptions = {},
): World => ({
  name: `${metadata.name}-${metadata.version}`,
  sees: metadata.says.includes('observe') ? seenFromOutside : withoutLives,
  run: async ({ deployment, ...doing }, signal = new AbortController().signal) => {
    signal.throwIfAborted();
    return run({ ...doing, deployment: accept(metadata, deployment) }, { command, metadata, ...options }, signal);
  },
});

const withoutLives: ReadonlySet<HappeningKind> = new Set(
  [...seenFromOutside].filter((kind) => kind !== 'process.appeared' && kind !== 'process.vanished'),
);

function accept({ name }: Metadata, deployment: Deployment): PlainDeployment {
  if (deployment.kind !== 'plain') throw new TypeError(`needs a plain deployment for ${name}, got ${deployment.kind}`);
  if (deployment.application.module === null) throw new RangeError(`${name} is given a module, not a file`);
  return deployment;
}

interface Parameters extends WorkerWorldOptions {
  readonly command: AdapterCommand;
  readonly metadata: Metadata;
}

async function run(scenario: Scenario<PlainDeployment>, parameters: Parameters, signal: AbortSignal): Promise<Trace> {
  const { command, metadata, onEvent, onLog, queuePatience = 100 } = parameters;
  const { application, processes, threads } = scenario.deployment;
  const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-adapter-'));
  try {
    const files = await WorkerFiles.write(join(folder, 'files'), [application]);
    const home = join(folder, 'home');
    await mkdir(home);
    const conversation = await Conversation.begin({ ...command, folder, ...(onLog ? { onLog } : {}) });
    const processList = new ProcessList(conversation, metadata.says.includes('observe'), signal);
    const watch = new FamilyWatch(() => processList.pids);
    try {
      await conversation.ask('hello', { protocol: protocolVersion }, patience.hello, signal);
      const { script, module, callable } = application;
      const { port } = await conversation.ask(
        'start',
        {
          application: {
            script: files.moved(script),
            module: module ?? '',
            callable,
            importedFrom: files.importedFrom(application),
          },
          processes,
          threads,
          folder: home,
        },
        patience.start,
        signal,
      );
      await processList.refresh();
      const began = performance.now();
      const recorder = new TraceRecorder(() => millis(performance.now() - began));
      if (onEvent) recorder.subscribe(onEvent);
      watch.start(recorder);
      processList.start();
      await drive(
        scenario,
        targetOf({ conversation, processList, watch, files, port, queuePatience, deployment: scenario.deployment }),
        recorder,
        signal,
      );
      await processList.refresh();
      watch.look();
      watch.stop();
      await processList.stop();
      await conversation.ask('stop', {}, patience.stop, signal);
      return recorder.trace;
    } finally {
      watch.stop();
      await processList.stop();
      await conversation.end();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Asks the adapter again and again which processes there are, where it can say. */
class ProcessList {
  readonly #conversation: Conversation;
  readonly #isAsked: boolean;
  readonly #signal: AbortSignal;
  readonly #ended = new AbortController();
  #pids: readonly number[] = [];
  #loop: Promise<void> = Promise.resolve();

  constructor(conversation: Conversation, isAsked: boolean, signal: AbortSignal) {
    this.#conversation = conversation;
    this.#isAsked = isAsked;
    this.#signal = AbortSignal.any([signal, this.#ended.signal]);
  }

  get pids(): readonly number[] {
    return this.#pids;
  }

  async refresh(): Promise<void> {
    if (this.#isAsked) this.#pids = (await this.#conversation.ask('observe', {}, patience.observe, this.#signal)).pids;
  }

  start(): void {
    const ask = async (): Promise<void> => {
      while (this.#isAsked) {
        await pause(period, this.#signal);
        await this.refresh();
      }
    };
    // A fault is met again by whoever asks next, and told there.
    this.#loop = ask().catch(() => {});
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#loop;
  }
}

interface Running {
  readonly conversation: Conversation;
  readonly processList: ProcessList;
  readonly watch: FamilyWatch;
  readonly files: WorkerFiles;
  readonly port: number;
  readonly queuePatience: number;
  readonly deployment: PlainDeployment;
}

function targetOf(running: Running): Target {
  const { conversation, processList, watch, files, port, queuePatience, deployment } = running;
  const caughtUp = async (holds: () => boolean): Promise<boolean> => {
    await processList.refresh();
    watch.look();
    return holds();
  };
  return {
    connect: () => ({ host: '127.0.0.1', port }),
    observed: (seen) => watch.observed(seen),
    touch: (script) => advanceModificationTime(files.moved(script)),
    rewrite: (script, damage) => rewriteScript(files.moved(script), damage),
    touchModule: (script) => advanceModificationTime(neighbourOf(files.moved(script))),
    signal: (pid, name) => {
      if (startTimeOf(pid) !== null) process.kill(pid, name);
    },
    signalServer: async (signal, aborted) => {
      await conversation.ask('act', { act: { kind: 'server-signal', signal } }, patience.act, aborted);
      await caughtUp(() => true);
    },
    whenQueued: (_request, signal) => pause(queuePatience, signal),
    whenReplaced: async ({ process: mark }, signal) => {
      if (mark === null) return;
      const isGone = await watch.until(() => caughtUp(() => !watch.alive.has(mark)), patience.end, signal);
      if (!isGone || !deployment.promises.replacesProcesses) return;
      await watch.until(() => caughtUp(() => watch.alive.size >= deployment.processes), patience.end, signal);
    },
  };
}
