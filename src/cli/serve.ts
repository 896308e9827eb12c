/** `wsgiscope serve CONFIG`: the gateway, until it is told to stop. */
import { beginEarly, discardEarly } from '../gateway/processes/early-host.ts';
import { type AddCommand, Obstacle } from './command.ts';
import { withConfiguration } from './configuration-options.ts';
import { dispatchOption } from './dispatch-option.ts';
import { exitCodes } from './exit-codes.ts';
import type { ServeOptions } from './serve-configuration.ts';

interface CommandLineOptions extends Omit<ServeOptions, 'admin'> {
  /** `true` where no port is named. */
  readonly admin?: number | true;
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
    .action(async (config: string, { admin, ...options }: CommandLineOptions) => {
      // It begins while the rest is loaded, and may become the first process.
      beginEarly(options.python);
      const { serveConfiguration } = await import('./serve-configuration.ts');
      const asked = { ...options, admin: admin === true ? defaultAdminPort : (admin ?? null) };
      finish(await serveConfiguration(config, asked, shell).finally(discardEarly));
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
