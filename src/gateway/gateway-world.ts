/** The gateway as a world: one scenario on real processes, with the probe in the place of the user's scripts. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applicationsOf, type Deployment, type WorkerDeployment } from '../../spec/deployment.ts';
import { Onlooker } from '../../spec/onlooker.ts';
import { type Happening, happeningKinds } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis } from '../../spec/vocabulary.ts';
import type { World } from '../../spec/world.ts';
import { drive } from '../probe/drive.ts';
import { probeScript } from '../probe/probe-script.ts';
import { spawnedMark } from '../probe/process-mark.ts';
import { neighbourOf } from '../probe/script-damage.ts';
import type { Target } from '../probe/target.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { gatewayTarget } from './gateway-target.ts';
import { WorkerGateway, type WorkerGatewayOptions } from './workers/worker-gateway.ts';
import { workerTarget } from './workers/worker-target.ts';

export interface GatewayWorldOptions extends Pick<GatewayOptions, 'python' | 'isDirectory' | 'log'> {
  /** Hears how the run goes: each event as it is recorded. */
  readonly onEvent?: (event: TraceRecorder['trace'][number]) => void;
}

/** The user's own scripts are neither run nor touched: a copy of the probe stands for each of them. */
export const gatewayWorld = (options: GatewayWorldOptions = {}): World => ({
  name: 'gateway',
  sees: new Set(happeningKinds),
  run: async (scenario, signal) => {
    const { deployment } = scenario;
    const began = performance.now();
    const recorder = new TraceRecorder(() => millis(performance.now() - began));
    if (options.onEvent) recorder.subscribe(options.onEvent);
    const onlooker = new Onlooker(spawnedMark);
    const probes = new ProbeFiles(callablesOf(deployment));
    const fileOf = (script: string): string => probes.fileOf(script);
    const common = {
      portFor: () => 0,
      fileOf,
      trustsRequestIds: true,
      observe: (happening: Happening) => {
        recorder.record(happening);
        const seen = onlooker.sees(happening);
        if (seen) recorder.record(seen);
      },
    };
    try {
      const { gateway, target } = await (deployment.kind === 'apache'
        ? startApache({ ...options, ...common, deployment }, recorder)
        : startWorkers({ ...options, ...common, deployment: withoutChdir(deployment) }, recorder));
      try {
        await drive(scenario, target, recorder, signal);
      } finally {
        if (signal?.aborted) gateway.kill();
        await gateway.stop();
      }
      return recorder.trace;
    } finally {
      probes.remove();
    }
  },
});

/** A running gateway, of either kind. */
interface Started {
  readonly gateway: { kill(): void; stop(): Promise<void> };
  readonly target: Target;
}

type FilesOf<O> = O & { readonly fileOf: (script: string) => string };

async function startApache(options: FilesOf<GatewayOptions>, recorder: TraceRecorder): Promise<Started> {
  const gateway = await Gateway.start(options);
  return { gateway, target: gatewayTarget(gateway, recorder, options.fileOf) };
}

async function startWorkers(options: FilesOf<WorkerGatewayOptions>, recorder: TraceRecorder): Promise<Started> {
  const gateway = await WorkerGateway.start(options);
  return { gateway, target: workerTarget(gateway, options.deployment, recorder, options.fileOf) };
}

/** The probe needs nothing of the user's folder, which need not be there. */
const withoutChdir = (deployment: WorkerDeployment): WorkerDeployment =>
  deployment.kind === 'plain' ? deployment : { ...deployment, chdir: null };

/** Copies of the probe in a directory of their own, one for each script, made when first asked for. */
class ProbeFiles {
  readonly #directory = mkdtempSync(join(tmpdir(), 'wsgiscope-probe-'));
  readonly #files = new Map<string, string>();
  readonly #text: string;

  constructor(callables: readonly string[]) {
    this.#text = probeScript(...callables);
    // Processes may run as another user than this one, who alone may enter what mkdtemp makes.
    chmodSync(this.#directory, 0o711);
  }

  fileOf(script: string): string {
    const known = this.#files.get(script);
    if (known) return known;
    const file = join(this.#directory, `${this.#files.size + 1}.wsgi`);
    for (const [path, text] of [
      [file, this.#text],
      [neighbourOf(file), ''],
    ] as const) {
      writeFileSync(path, text);
      chmodSync(path, 0o644);
    }
    this.#files.set(script, file);
    return file;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Every name under which a request may look for its application. */
function callablesOf(deployment: Deployment): readonly string[] {
  const written =
    deployment.kind === 'apache'
      ? deployment.hosts.flatMap(({ settings, sections, scriptAliases }) =>
          [
            settings,
            ...sections.map((section) => section.settings),
            ...scriptAliases.map((alias) => alias.settings),
          ].flatMap(({ callableObject }) => (callableObject === undefined ? [] : [callableObject])),
        )
      : applicationsOf(deployment).map(({ callable }) => callable);
  return [...new Set(['application', ...written])];
}
