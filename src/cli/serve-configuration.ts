/** What `wsgiscope serve` does: reads a configuration, and runs the gateway until it is told to stop. */
import type { DispatchPolicy } from '../../spec/dispatch/dispatch-policy.ts';
import { CannotStart } from '../gateway/cannot-start.ts';
import { Gateway } from '../gateway/gateway.ts';
import { discardEarly } from '../gateway/processes/early-host.ts';
import {
  type AcceptedApache,
  type AcceptedConfiguration,
  acceptedConfiguration,
  sayDiagnostics,
} from './accepted-configuration.ts';
import { Obstacle } from './command.ts';
import type { ConfigurationOptions } from './configuration-options.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type LogsAsked, loggedHosts, ServeLogs } from './serve-logs.ts';
import { ServeObservation } from './serve-observation.ts';
import type { Shell } from './shell.ts';
import { startedText } from './started-text.ts';

export interface ServeOptions extends ConfigurationOptions, LogsAsked {
  readonly python: string;
  readonly port?: ReadonlyMap<number, number>;
  readonly address: string;
  readonly dispatch: DispatchPolicy;
  /** Null is no status page. */
  readonly admin: number | null;
  readonly adminAddress: string;
  readonly trace?: string;
}

/** Resolves when the server has stopped. @throws Obstacle where it cannot be started. */
export async function serveConfiguration(config: string, options: ServeOptions, shell: Shell): Promise<ExitCode> {
  const accepted = await acceptedConfiguration(config, options, shell);
  if (accepted === null) return exitCodes.refused;
  const { diagnostics } = accepted.explanation;
  sayDiagnostics(
    diagnostics.filter(({ severity }) => severity === 'warning'),
    shell,
  );
  if (!isLoopback(options.address))
    shell.err(
      `${shell.errorPalette.warning('warning:')} every machine that reaches ${options.address} can ask these applications, without TLS\n`,
    );
  if (accepted.kind === 'workers') refuseForWorkers(options);
  await using observation = await observe(config, options, accepted, shell);
  if (accepted.kind === 'workers') {
    const { serveWorkers } = await import('./serve-workers.ts');
    const readAgain = () => acceptedConfiguration(config, options, shell);
    await orObstacle(serveWorkers(accepted, { ...options, observation, readAgain }, shell));
    return exitCodes.fine;
  }
  shell.progress('starting processes …');
  const gateway = await start(options, accepted, observation, shell).finally(() => shell.progress(''));
  discardEarly();
  const restart = async (signal: 'SIGUSR1' | 'SIGHUP'): Promise<void> => {
    // Whoever rotates logs sends one of these, as to Apache.
    observation.reopen();
    const read = apacheOnly(await acceptedConfiguration(config, options, shell));
    if (await restarted(gateway, signal, read, shell)) observation.reconfigured(read ?? accepted);
  };
  const stop = stopOnSignals(gateway, restart, shell);
  shell.out(startedText({ gateway, ...options, admin: observation.url, deployment: accepted.deployment }, shell));
  await gateway.stopped();
  stop();
  return exitCodes.fine;
}

async function start(
  { python, port, address, dispatch }: ServeOptions,
  { deployment, world }: AcceptedApache,
  observation: ServeObservation,
  shell: Shell,
): Promise<Gateway> {
  const { isDirectory } = world;
  return orObstacle(
    Gateway.start({
      deployment,
      python,
      address,
      dispatch,
      portFor: (configured) => port?.get(configured) ?? configured,
      ...(isDirectory && { isDirectory }),
      log: (source, line) => shell.err(`${shell.errorPalette.dim(`${source}:`)} ${line}\n`),
      ...observation.gatewayOptions,
    }),
  );
}

/** @throws Obstacle when the status page or a file is not to be had. */
function observe(
  configuration: string,
  { admin, adminAddress, trace, address, ...logs }: ServeOptions,
  accepted: AcceptedConfiguration,
  shell: Shell,
): Promise<ServeObservation> {
  if (admin !== null && !isLoopback(adminAddress))
    shell.err(
      `${shell.errorPalette.warning('warning:')} the status page on ${adminAddress} can be read by whoever reaches that address; it names scripts, requests and errors\n`,
    );
  return orObstacle(
    ServeObservation.open({
      watched: { configuration, address, prediction: accepted.prediction },
      admin: admin === null ? null : { port: admin, address: adminAddress },
      traceFile: trace ?? null,
      logs: (audience) => new ServeLogs(logs, loggedHosts(accepted), audience, shell),
      complain: (message) => shell.err(`wsgiscope: ${message}\n`),
    }),
  );
}

/** A configuration that is of another server from one moment to the next is no reason to become one. */
const apacheOnly = (read: AcceptedConfiguration | null): AcceptedApache | null =>
  read?.kind === 'apache' ? read : null;

/** The logs that a configuration of another server names are not read. @throws Obstacle where they were asked for. */
function refuseForWorkers({ configuredLogs }: ServeOptions): void {
  if (configuredLogs)
    throw new Obstacle(
      exitCodes.undecided,
      '--configured-logs is only for configurations of Apache\nfix: name the files, with --access-log FILE and --error-log FILE',
    );
}

const isLoopback = (address: string): boolean => /^127\./.test(address) || address === '::1' || address === 'localhost';

const orObstacle = <T>(starting: Promise<T>): Promise<T> =>
  starting.catch((error) => {
    if (error instanceof CannotStart) throw new Obstacle(exitCodes.undecided, error.message);
    throw error;
  });

/**
 * Apache reads its configuration again at a restart, and ends when it cannot be run; `apachectl` therefore looks first.
 * Here a server goes on with what it has.
 * @returns Whether it restarted.
 */
async function restarted(
  gateway: Gateway,
  signal: 'SIGUSR1' | 'SIGHUP',
  accepted: AcceptedApache | null,
  shell: Shell,
): Promise<boolean> {
  const goesOn = 'not restarted: the server goes on with the configuration that it has\n';
  if (accepted === null) {
    shell.err(goesOn);
    return false;
  }
  try {
    await gateway.reconfigure(accepted.deployment, signal);
    shell.err(`restarted${signal === 'SIGUSR1' ? ' gracefully' : ''}\n`);
    return true;
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error;
    shell.err(`${error.message}\n${goesOn}`);
    return false;
  }
}

/** Signals as an Apache parent takes them; a second Ctrl-C or SIGTERM ends every process at once. */
function stopOnSignals(
  gateway: Gateway,
  restart: (signal: 'SIGUSR1' | 'SIGHUP') => Promise<void>,
  shell: Shell,
): () => void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) gateway.kill();
    else {
      isStopping = true;
      shell.err('stopping; once more ends it at once\n');
      gateway.signal('SIGTERM');
    }
  };
  const handlers: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ['SIGINT', stop],
    ['SIGTERM', stop],
    ['SIGHUP', () => void restart('SIGHUP')],
    ['SIGUSR1', () => void restart('SIGUSR1')],
    // A terminal sends it at every change of its size.
    ...(process.stdout.isTTY ? [] : [['SIGWINCH', () => gateway.signal('SIGWINCH')] as const]),
  ];
  for (const [name, handler] of handlers) process.on(name, handler);
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}
