/** `wsgiscope serve` for gunicorn and uWSGI: their workers on real processes, until the server is told to stop. */
import { serverSignals } from '../../spec/trace.ts';
import { WorkerGateway } from '../gateway/workers/worker-gateway.ts';
import type { AcceptedWorkers } from './accepted-configuration.ts';
import type { Shell } from './shell.ts';

export interface ServeWorkersOptions {
  readonly python: string;
  readonly port?: ReadonlyMap<number, number>;
  readonly address: string;
}

/** Resolves when the server has stopped and nothing of it is left. @throws CannotStart with a message for the user. */
export async function serveWorkers(
  { deployment, folder }: AcceptedWorkers,
  { python, port, address }: ServeWorkersOptions,
  shell: Shell,
): Promise<void> {
  const gateway = await WorkerGateway.start({
    deployment,
    folder,
    python,
    address,
    portFor: (configured) => port?.get(configured) ?? configured,
    log: (source, line) => shell.err(`${shell.errorPalette.dim(`${source}:`)} ${line}\n`),
  });
  if (gateway.state === 'stopped') return;
  const forget = handOnSignals(gateway, shell);
  shell.out(startedText(gateway, address, shell));
  await gateway.stopped();
  forget();
}

/** Each signal means what it means to the parent of the workers; a second Ctrl-C ends every process at once. */
function handOnSignals(gateway: WorkerGateway, shell: Shell): () => void {
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

function startedText(gateway: WorkerGateway, address: string, { palette }: Shell): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const urls = [...gateway.ports].map(([configured, real]) => {
    const note = real === configured ? '' : palette.dim(`  (configured: ${configured})`);
    return `http://${host}:${real}/${note}`;
  });
  const { length } = gateway.pids;
  return `${[...urls, `${length} ${length === 1 ? 'worker' : 'workers'} on CPython ${gateway.pythonVersion}; Ctrl-C stops`].join('\n')}\n`;
}
