/** `wsgiscope serve` for gunicorn and uWSGI: their workers on real processes, until the server is told to stop. */

import { readsAgainAt } from '../../spec/machines/worker-server.ts';
import { type ServerSignal, serverSignals } from '../../spec/trace.ts';
import { CannotStart } from '../gateway/cannot-start.ts';
import { discardEarly } from '../gateway/processes/early-host.ts';
import { WorkerGateway } from '../gateway/workers/worker-gateway.ts';
import type { AcceptedConfiguration, AcceptedWorkers } from './accepted-configuration.ts';
import type { ServeObservation } from './serve-observation.ts';
import type { Shell } from './shell.ts';

export interface ServeWorkersOptions {
  readonly python: string;
  readonly port?: ReadonlyMap<number, number>;
  readonly address: string;
  readonly observation: ServeObservation;
  /** Reads the configuration again; null where it is refused, and explained. */
  readonly readAgain: () => Promise<AcceptedConfiguration | null>;
}

/** Resolves when the server has stopped and nothing of it is left. @throws CannotStart with a message for the user. */
export async function serveWorkers(
  { deployment, folder }: AcceptedWorkers,
  { python, port, address, observation, readAgain }: ServeWorkersOptions,
  shell: Shell,
): Promise<void> {
  const gateway = await WorkerGateway.start({
    deployment,
    folder,
    python,
    address,
    portFor: (configured) => port?.get(configured) ?? configured,
    log: (source, line) => shell.err(`${shell.errorPalette.dim(`${source}:`)} ${line}\n`),
    ...observation.gatewayOptions,
  });
  discardEarly();
  if (gateway.state === 'stopped') return;
  const forget = handOnSignals(
    {
      kill: () => gateway.kill(),
      signal: (signal) => {
        // Whoever rotates logs sends one of these. Source: gunicorn 20.1, arbiter.py, handle_usr1; uWSGI manual, Logging.
        if (signal === 'SIGUSR1' || signal === 'SIGHUP') observation.reopen();
        if (readsAgainAt(gateway.deployment, signal))
          void reconfigured(gateway, signal, readAgain, shell).then((read) => read && observation.reconfigured(read));
        else gateway.signal(signal);
      },
    },
    shell,
  );
  shell.out(startedText(gateway, address, observation.url, shell));
  await gateway.stopped();
  forget();
}

/**
 * gunicorn and uWSGI read their configuration again at such a signal, and end when it cannot be run. Here a server goes on
 * with what it has.
 * @returns What is followed from now on; null where nothing has changed.
 */
async function reconfigured(
  gateway: WorkerGateway,
  signal: ServerSignal,
  readAgain: ServeWorkersOptions['readAgain'],
  shell: Shell,
): Promise<AcceptedWorkers | null> {
  const goesOn = `${signal} is not obeyed: the server goes on with the configuration that it has\n`;
  const read = await readAgain();
  if (read?.kind !== 'workers') {
    shell.err(goesOn);
    return null;
  }
  try {
    await gateway.reconfigure(read.deployment, signal);
    shell.err(`${signal}: the configuration was read again\n`);
    return read;
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error;
    shell.err(`${error.message}\n${goesOn}`);
    return null;
  }
}

/** Each signal means what it means to the parent of the workers; a second Ctrl-C ends every process at once. */
function handOnSignals(gateway: Pick<WorkerGateway, 'kill' | 'signal'>, shell: Shell): () => void {
  let isInterrupted = false;
  const interrupt = (): void => {
    if (isInterrupted) gateway.kill();
    isInterrupted = true;
    shell.err('stopping; once more ends it at once\n');
    gateway.signal('SIGINT');
  };
  const others = serverSignals
    // A terminal sends this one at every change of its size.
    .filter((signal) => signal !== 'SIGINT' && !(signal === 'SIGWINCH' && process.stdout.isTTY))
    .map((signal) => [signal, () => gateway.signal(signal)] as const);
  const handlers: readonly (readonly [NodeJS.Signals, () => void])[] = [['SIGINT', interrupt], ...others];
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

function startedText(gateway: WorkerGateway, address: string, admin: string | null, { palette }: Shell): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const urls = [...gateway.ports].map(([configured, real]) => {
    const note = real === configured ? '' : palette.dim(`  (configured: ${configured})`);
    return `http://${host}:${real}/${note}`;
  });
  const { length } = gateway.pids;
  const page = admin === null ? [] : [`status page: ${admin}`];
  return `${[...urls, ...page, `${length} ${length === 1 ? 'worker' : 'workers'} on CPython ${gateway.pythonVersion}; Ctrl-C stops`].join('\n')}\n`;
}
