/** `wsgiscope serve CONFIG`: the gateway, until it is told to stop. */
import type { DispatchPolicy } from '../../spec/dispatch/dispatch-policy.ts';
import { CannotStart } from '../gateway/cannot-start.ts';
import { Gateway } from '../gateway/gateway.ts';
import {
  type AcceptedApache,
  type AcceptedConfiguration,
  acceptedConfiguration,
  sayDiagnostics,
} from './accepted-configuration.ts';
import { type AddCommand, Obstacle } from './command.ts';
import { dispatchOption } from './dispatch-option.ts';
import { exitCodes } from './exit-codes.ts';
import { type ConfigurationOptions, withConfiguration } from './read-configuration.ts';
import { type LogsAsked, loggedHosts, ServeLogs } from './serve-logs.ts';
import { ServeObservation } from './serve-observation.ts';
import { serveWorkers } from './serve-workers.ts';
import type { Shell } from './shell.ts';
import { startedText } from './started-text.ts';

interface ServeOptions extends ConfigurationOptions, LogsAsked {
  readonly python: string;
  readonly port?: ReadonlyMap<number, number>;
  readonly address: string;
  readonly dispatch: DispatchPolicy;
  /** `true` where no port is named. */
  readonly admin?: number | true;
  readonly adminAddress: string;
  readonly trace?: string;
}

export const addServe: AddCommand = ({ program, shell, finish }) => {
  withConfiguration(program.command('serve'))
    .summary('run it: real HTTP, processes, threads and interpreters')
    .description(
      'Runs the deployment of a configuration on real CPython processes, as Apache with mod_wsgi would\ndivide it into processes, threads and interpreters, and serves HTTP until it is stopped. No Apache\nis needed.\n\nFor gunicorn and uWSGI each signal means what it means to them. For Apache, what it means to its parent\nprocess:\n  SIGTERM, Ctrl-C  stop; once more: at once\n  SIGHUP           restart, with the configuration as it is then\n  SIGUSR1          the same, gracefully\n  SIGWINCH         stop gracefully (not from a terminal, which sends it whenever its size changes)',
    )
    .option('--python <path>', 'the Python that runs the applications', 'python3')
    .option(
      '--port <configured=real>',
      'listen on another port than the configured one (80=8080); 0 is any free one; may be repeated',
      portPair,
    )
    .option('--address <ip>', 'where to listen', '127.0.0.1')
    .addOption(dispatchOption())
    .option(
      '--admin [port]',
      `show what goes on: a status page, /status.json, /metrics for Prometheus and /trace, on a port of their own (${defaultAdminPort} unless given; 0 is any free one)`,
      adminPort,
    )
    .option('--admin-address <ip>', 'where the status page listens: whoever can reach it can read it', '127.0.0.1')
    .option(
      '--access-log <file>',
      "a line for each request, in the configuration's format or Apache's combined; - is standard output",
    )
    .option(
      '--error-log <file>',
      'what applications and the gateway complain of, as Apache writes it; - is standard error',
    )
    .option('--configured-logs', 'write the CustomLog and ErrorLog files that the configuration names')
    .option('--trace <file>', 'write every event to a file, one line of JSON each, as it happens')
    .addHelpText('after', examples)
    .action(async (config: string, options: ServeOptions) => {
      const accepted = await acceptedConfiguration(config, options, shell);
      if (accepted === null) {
        finish(exitCodes.refused);
        return;
      }
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
        const readAgain = () => acceptedConfiguration(config, options, shell);
        await orObstacle(serveWorkers(accepted, { ...options, observation, readAgain }, shell));
        return;
      }
      shell.progress('starting processes …');
      const gateway = await start(options, accepted, observation, shell).finally(() => shell.progress(''));
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
    });
};

const examples = `
Examples:
  $ wsgiscope serve docs/examples/two-projects.conf --admin
      then open the status page it names, and ask http://127.0.0.1:8001/project1
  $ wsgiscope serve /etc/apache2/apache2.conf --port 80=8080 --port 443=0
      ports below 1024 belong to root: listen elsewhere
  $ wsgiscope serve site.conf --admin 9000 & curl -s http://127.0.0.1:9000/metrics
      what Prometheus scrapes; a dashboard for it is docs/monitoring/grafana-dashboard.json
  $ wsgiscope serve site.conf --access-log - --error-log /tmp/error.log
      both are opened again at SIGHUP and SIGUSR1, so that logrotate can move them away
  $ wsgiscope serve site.conf --trace run.ndjson
      every start, request and end, to be read afterwards; /trace of the status page shows the same as it happens
`;

const defaultAdminPort = 8090;

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
  if (admin !== undefined && !isLoopback(adminAddress))
    shell.err(
      `${shell.errorPalette.warning('warning:')} the status page on ${adminAddress} can be read by whoever reaches that address; it names scripts, requests and errors\n`,
    );
  return orObstacle(
    ServeObservation.open({
      watched: { configuration, address, prediction: accepted.prediction },
      admin: admin === undefined ? null : { port: admin === true ? defaultAdminPort : admin, address: adminAddress },
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

function portPair(text: string, known?: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const [, configured, real] = /^(\d+)=(\d+)$/.exec(text) ?? [];
  if (configured === undefined || Number(configured) > 65_535 || Number(real) > 65_535)
    throw new Obstacle(
      exitCodes.undecided,
      `--port ${text}: this is not two port numbers\nfix: write the configured port and the real one, as in --port 80=8080`,
    );
  return new Map([...(known ?? []), [Number(configured), Number(real)]]);
}

function adminPort(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Obstacle(
    exitCodes.undecided,
    `--admin ${text}: this is no port number\nfix: write for example --admin 9000, or --admin alone after the configuration`,
  );
}
