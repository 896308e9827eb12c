/** What a command line of gunicorn comes to where there is no file system: in tests, and on a page. */
import type { GunicornRelease } from '../../../spec/deployments/gunicorn.ts';
import { commandLineName, readCommandLine } from '../command-line.ts';
import { filesInMemory } from '../source.ts';
import type { GunicornInput } from './read.ts';
import { readLiterals } from './read-literals.ts';

export interface CommandSetting {
  readonly release?: GunicornRelease;
  readonly environment?: Readonly<Record<string, string>>;
  /** The text of gunicorn.conf.py beside it, of which literals are read. */
  readonly settings?: string;
  /** Files by path; without any there is /srv/shop/wsgi.py. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * @param text - `gunicorn -w 4 shop.wsgi`, started in /srv.
 * @throws Error if it does not start gunicorn.
 */
export function gunicornInput(text: string, setting: CommandSetting = {}): GunicornInput {
  const { release = '20.1', environment = {}, settings, files = { '/srv/shop/wsgi.py': '' } } = setting;
  const command = readCommandLine(text, environment);
  if (command?.server !== 'gunicorn') throw new Error(`${text} does not start gunicorn`);
  const file = 'gunicorn.conf.py';
  return {
    words: command.words,
    file: commandLineName,
    environment: { ...environment, ...command.assigned },
    workingDirectory: '/srv',
    release,
    source: filesInMemory(files),
    settings: settings === undefined ? null : { kind: 'run', file, values: readLiterals(settings, file).values },
  };
}
