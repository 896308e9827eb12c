/** The CONFIG of a command line, and what can be said about the server that it is for. */
import { type Command, Option } from 'commander';
import { type ModWsgiRelease, type Mpm, modWsgiReleases, mpms } from '../../spec/deployments/apache.ts';
import { type GunicornRelease, gunicornReleases } from '../../spec/deployments/gunicorn.ts';
import { type UwsgiRelease, uwsgiReleases } from '../../spec/deployments/uwsgi.ts';

/** What every command that takes a CONFIG lets the user say about the server. */
export interface ConfigurationOptions {
  readonly modWsgi: ModWsgiRelease;
  readonly mpm?: Mpm;
  readonly define?: readonly string[];
  readonly uwsgi: UwsgiRelease;
  readonly gunicorn: GunicornRelease;
  readonly chdir?: string;
  readonly python?: string;
  /** False: settings files of gunicorn are not run. */
  readonly run: boolean;
}

/** Adds `CONFIG` and what it means to each server to a command; its action gets `(config, options)`. */
export const withConfiguration = (command: Command): Command =>
  command
    .argument(
      '<config>',
      'an Apache configuration file, a settings file of gunicorn, a .ini file of uWSGI, or a command line in quotes; files that are included are read as well',
    )
    .addOption(
      new Option('--mod-wsgi <release>', 'the release of mod_wsgi')
        .choices(modWsgiReleases)
        .default(modWsgiReleases[0]),
    )
    .addOption(new Option('--mpm <mpm>', 'the MPM, where the configuration loads none (Debian: event)').choices(mpms))
    .addOption(
      new Option('-D, --define <name>', 'a name for <IfDefine>, as given to apache2 -D; may be repeated').argParser(
        (name: string, names: readonly string[] = []) => [...names, name],
      ),
    )
    .addOption(
      new Option('--gunicorn <release>', 'the release of gunicorn')
        .choices(gunicornReleases)
        .default(gunicornReleases[0]),
    )
    .addOption(new Option('--uwsgi <release>', 'the release of uWSGI').choices(uwsgiReleases).default(uwsgiReleases[0]))
    .option('--chdir <path>', 'the directory that a command line is typed in')
    .option('--no-run', 'do not run settings files of gunicorn: only literals in them are known');
