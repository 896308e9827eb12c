/** A server that is named by its command line, without a line of code. */
import { access, constants } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import fc from 'fast-check';
import { commandWorld } from '../adapters/command.ts';
import { type CommandLine, readCommandLine } from '../adapters/command-line.ts';
import { anyPlain } from '../arbitraries/worker-deployments.ts';
import type { KitTarget } from '../kit/target.ts';
import { readSayings } from './says.ts';

export interface CommandTargetOptions {
  /** `myserver --bind {bind} --workers {processes} {module}:{callable}` */
  readonly command: string;
  /** What it is said to be able to do: see {@link readSayings}. */
  readonly says?: readonly string[];
  /** Where the program is looked for, and what it is given; by default as this process has it. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export type CommandTarget =
  | { readonly kind: 'read'; readonly target: KitTarget }
  | { readonly kind: 'rejected'; readonly message: string; readonly fix: string };

export function commandTarget({ command, says = [], environment = process.env }: CommandTargetOptions): CommandTarget {
  const [read, said] = [readCommandLine(command), readSayings(says)];
  if (read.kind === 'rejected')
    return { ...read, message: `'${command}' is no command line for a server: ${read.message}` };
  if (said.kind === 'rejected') return said;
  const { commandLine } = read;
  const { promises } = said.sayings;
  const counted = { processes: promises.countsProcesses, threads: promises.countsThreads };
  for (const number of ['processes', 'threads'] as const) {
    if (counted[number] && !commandLine.uses.has(number))
      return {
        kind: 'rejected',
        message: `it is said to have ${number}, and '${command}' has no {${number}}`,
        fix: `put {${number}} where their number belongs, or do not say ${number}`,
      };
  }
  const name = basename(commandLine.words[0]);
  return {
    kind: 'read',
    target: {
      id: `command-${name}`,
      title: `${name}, by its command line`,
      find: async () =>
        (await isExecutable(commandLine, environment))
          ? {
              kind: 'found',
              version: name,
              world: (options) => commandWorld({ name, commandLine, environment }, options),
            }
          : {
              kind: 'missing',
              what: `the program ${commandLine.words[0]}`,
              fix: 'install it, or write the path by which it can be started',
            },
      deployments: anyPlain({
        server: name,
        processes: counted.processes ? fc.integer({ min: 1, max: 3 }) : fc.constant(1),
        threads: counted.threads ? fc.integer({ min: 1, max: 3 }) : fc.constant(1),
        promises,
      }),
    },
  };
}

async function isExecutable(
  { words: [program] }: CommandLine,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const { PATH: path = '' } = environment;
  const places = program.includes('/') ? [program] : path.split(delimiter).map((folder) => join(folder, program));
  const answers = await Promise.all(
    places.map((place) =>
      access(place, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return answers.includes(true);
}
