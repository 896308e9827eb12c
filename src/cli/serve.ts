/** `wsgiscope serve CONFIG`: the gateway, until it is told to stop. */
import type { DispatchPolicy } from '../../spec/dispatch-policy.ts';
import { CannotStart } from '../gateway/cannot-start.ts';
import { Gateway } from '../gateway/gateway.ts';
import { type AcceptedConfiguration, acceptedConfiguration, sayDiagnostics } from './accepted-configuration.ts';
import { type AddCommand, Obstacle } from './command.ts';
import { dispatchOption } from './dispatch-option.ts';
import { exitCodes } from './exit-codes.ts';
import { type ConfigurationOptions, withConfiguration } from './read-configuration.ts';
import type { Shell } from './shell.ts';

interface ServeOptions extends ConfigurationOptions {
  readonly python: string;
  readonly port: ReadonlyMap<number, number>;
  readonly address: string;
  readonly dispatch: DispatchPolicy;
}

export const addServe: AddCommand = ({ program, shell, finish }) => {
  withConfiguration(program.command('serve'))
    .summary('run it: real HTTP, processes, threads and interpreters')
    .description(
      'Runs the deployment of a configuration on real CPython processes, as Apache with mod_wsgi would divide it\ninto processes, threads and interpreters, and serves HTTP until it is stopped. No Apache is needed.\n\nCtrl-C or SIGTERM stops it, SIGHUP restarts it with the configuration as it is then, SIGUSR1 does so gracefully, SIGWINCH (where there is no\nterminal) stops it gracefully: what these signals mean to an Apache parent.',
    )
    .option('--python <path>', 'the Python that runs the applications', 'python3')
    .option(
      '--port <configured=real>',
      'listen on another port than the configured one (80=8080); 0 is any free one; may be repeated',
      portPair,
      new Map<number, number>(),
    )
    .option('--address <ip>', 'where to listen', '127.0.0.1')
    .addOption(dispatchOption())
    .addHelpText('after', examples)
    .action(async (config: string, options: ServeOptions) => {
      const accepted = acceptedConfiguration(config, options, shell);
      if (accepted === null) {
        finish(exitCodes.refused);
        return;
      }
      const { diagnostics } = accepted.explanation;
      sayDiagnostics(
        diagnostics.filter(({ severity }) => severity === 'warning'),
        shell,
      );
      const gateway = await start(options, accepted, shell);
      const restart = (signal: 'SIGUSR1' | 'SIGHUP'): Promise<void> =>
        restarted(gateway, signal, acceptedConfiguration(config, options, shell), shell);
      const stop = stopOnSignals(gateway, restart, shell);
      for (const [configured, real] of gateway.ports)
        shell.out(`http://${options.address}:${real}/${real === configured ? '' : `  (configured: ${configured})`}\n`);
      const { length } = gateway.pids;
      shell.out(
        `${length} ${length === 1 ? 'process' : 'processes'} on CPython ${gateway.pythonVersion}; Ctrl-C stops\n`,
      );
      await gateway.stopped();
      stop();
    });
};

const examples = `
Examples:
  $ wsgiscope serve docs/examples/two-projects.conf
  $ wsgiscope serve /etc/apache2/apache2.conf --port 80=8080 --port 443=0
`;

async function start(
  { python, port, address, dispatch }: ServeOptions,
  { deployment, world }: AcceptedConfiguration,
  shell: Shell,
): Promise<Gateway> {
  const { isDirectory } = world;
  try {
    return await Gateway.start({
      deployment,
      python,
      address,
      dispatch,
      portFor: (configured) => port.get(configured) ?? configured,
      ...(isDirectory && { isDirectory }),
      log: (source, line) => shell.err(`${shell.errorPalette.dim(`${source}:`)} ${line}\n`),
    });
  } catch (error) {
    if (error instanceof CannotStart) throw new Obstacle(exitCodes.undecided, error.message);
    throw error;
  }
}

/**
 * Apache reads its configuration again at a restart, and ends when it cannot be run; `apachectl` therefore looks first.
 * Here a server goes on with what it has.
 */
async function restarted(
  gateway: Gateway,
  signal: 'SIGUSR1' | 'SIGHUP',
  accepted: AcceptedConfiguration | null,
  shell: Shell,
): Promise<void> {
  const goesOn = 'not restarted: the server goes on with the configuration that it has\n';
  if (accepted === null) {
    shell.err(goesOn);
    return;
  }
  try {
    await gateway.reconfigure(accepted.deployment, signal);
    shell.err(`restarted${signal === 'SIGUSR1' ? ' gracefully' : ''}\n`);
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error;
    shell.err(`${error.message}\n${goesOn}`);
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

function portPair(text: string, known: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const [, configured, real] = /^(\d+)=(\d+)$/.exec(text) ?? [];
  if (configured === undefined || Number(configured) > 65_535 || Number(real) > 65_535)
    throw new Obstacle(
      exitCodes.undecided,
      `--port ${text}: this is not two port numbers\nfix: write the configured port and the real one, as in --port 80=8080`,
    );
  return new Map([...known, [Number(configured), Number(real)]]);
}
