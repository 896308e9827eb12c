/** The gateway as a world: one scenario on real processes, with the probe in the place of the user's scripts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apacheOnly } from '../../spec/deployment.ts';
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import { Onlooker } from '../../spec/onlooker.ts';
import { happeningKinds } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis } from '../../spec/vocabulary.ts';
import type { World } from '../../spec/world.ts';
import { drive } from '../probe/drive.ts';
import { probeScript } from '../probe/probe-script.ts';
import { spawnedMark } from '../probe/process-mark.ts';
import { neighbourOf } from '../probe/script-damage.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { gatewayTarget } from './gateway-target.ts';

export interface GatewayWorldOptions extends Pick<GatewayOptions, 'python' | 'isDirectory' | 'log'> {
  /** Hears how the run goes: each event as it is recorded. */
  readonly onEvent?: (event: TraceRecorder['trace'][number]) => void;
}

/** The user's own scripts are neither run nor touched: a copy of the probe stands for each of them. */
export const gatewayWorld = (options: GatewayWorldOptions = {}): World => ({
  name: 'gateway',
  sees: new Set(happeningKinds),
  run: async (scenario, signal) => {
    const deployment = apacheOnly(scenario.deployment);
    const began = performance.now();
    const recorder = new TraceRecorder(() => millis(performance.now() - began));
    if (options.onEvent) recorder.subscribe(options.onEvent);
    const onlooker = new Onlooker(spawnedMark);
    const probes = new ProbeFiles(callablesOf(deployment));
    try {
      const gateway = await Gateway.start({
        ...options,
        deployment: withoutAccounts(deployment),
        portFor: () => 0,
        fileOf: (script) => probes.fileOf(script),
        trustsRequestIds: true,
        observe: (happening) => {
          recorder.record(happening);
          const seen = onlooker.sees(happening);
          if (seen) recorder.record(seen);
        },
      });
      try {
        await drive(
          scenario,
          gatewayTarget(gateway, recorder, (script) => probes.fileOf(script)),
          recorder,
          signal,
        );
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

/** Who runs the processes is no subject of a prediction, and the probe's files can be read by whoever verifies. */
const withoutAccounts = (deployment: ApacheDeployment): ApacheDeployment => ({
  ...deployment,
  surroundings: { ...deployment.surroundings, user: null, group: null },
  daemons: deployment.daemons.map((group) => ({ ...group, user: null, group: null, supplementaryGroups: null })),
});

/** Copies of the probe in a directory of their own, one for each script, made when first asked for. */
class ProbeFiles {
  readonly #directory = mkdtempSync(join(tmpdir(), 'wsgiscope-probe-'));
  readonly #files = new Map<string, string>();
  readonly #text: string;

  constructor(callables: readonly string[]) {
    this.#text = probeScript(...callables);
  }

  fileOf(script: string): string {
    const known = this.#files.get(script);
    if (known) return known;
    const file = join(this.#directory, `${this.#files.size + 1}.wsgi`);
    writeFileSync(file, this.#text);
    writeFileSync(neighbourOf(file), '');
    this.#files.set(script, file);
    return file;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Every name under which a request may look for its application. */
function callablesOf(deployment: ApacheDeployment): readonly string[] {
  const written = deployment.hosts.flatMap(({ settings, sections, scriptAliases }) =>
    [settings, ...sections.map((section) => section.settings), ...scriptAliases.map((alias) => alias.settings)].flatMap(
      ({ callableObject }) => (callableObject === undefined ? [] : [callableObject]),
    ),
  );
  return [...new Set(['application', ...written])];
}
