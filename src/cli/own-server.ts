/** Options by which a user points the kit at a server of their own. */
import type { Command } from 'commander';
import type { KitTarget } from '../../conformance/kit/target.ts';
import { commandTarget } from '../../conformance/targets/command.ts';
import { protocolTarget } from '../../conformance/targets/protocol.ts';
import { urlTarget } from '../../conformance/targets/url.ts';
import { Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { wholeNumber } from './whole-number.ts';

export interface OwnServerOptions {
  readonly command?: string;
  readonly says?: readonly string[];
  readonly url?: string;
  readonly processes?: number;
  readonly threads?: number;
  readonly adapter?: string;
  readonly validate?: true;
}

export const withOwnServer = (command: Command): Command =>
  command
    .option('--command <line>', "a server by its command line: 'myserver --bind {bind} {module}:{callable}'")
    .option(
      '--says <what>',
      'what it can do, with commas between: processes, threads, respawn, reload=SIGNAL',
      (text: string) => text.split(','),
    )
    .option('--url <url>', 'a server that runs already, whose application is what `wsgiscope probe` writes')
    .option('--processes <number>', 'how many processes the server at --url has', wholeNumber('--processes', 1, 10_000))
    .option('--threads <number>', 'how many threads each of them has', wholeNumber('--threads', 1, 10_000))
    .option('--adapter <line>', 'a program that speaks the adapter protocol, for a server of any kind')
    .option('--validate', 'check every message of the adapter');

/** @throws Obstacle where an option cannot be understood, or stands without the one it belongs to. */
export function ownServers(options: OwnServerOptions): readonly KitTarget[] {
  const { command, says, url, processes, threads, adapter, validate } = options;
  if (says !== undefined && command === undefined) throw lonely('--says', '--command');
  if ((processes ?? threads) !== undefined && url === undefined) throw lonely('--processes and --threads', '--url');
  if (validate && adapter === undefined) throw lonely('--validate', '--adapter');
  return [
    ...(command === undefined ? [] : [accepted(commandTarget({ command, ...(says && { says }) }))]),
    ...(url === undefined
      ? []
      : [
          accepted(
            urlTarget({
              url,
              ...(processes !== undefined && { processes }),
              ...(threads !== undefined && { threads }),
            }),
          ),
        ]),
    ...(adapter === undefined ? [] : [behind(adapter, validate ?? false)]),
  ];
}

const lonely = (option: string, other: string): Obstacle =>
  new Obstacle(exitCodes.undecided, `${option} says something of ${other}\nfix: name the server with ${other}`);

type Pointed =
  | { readonly kind: 'read'; readonly target: KitTarget }
  | { readonly kind: 'rejected'; readonly message: string; readonly fix: string };

function accepted(pointed: Pointed): KitTarget {
  if (pointed.kind === 'read') return pointed.target;
  throw new Obstacle(exitCodes.undecided, `${pointed.message}\nfix: ${pointed.fix}`);
}

function behind(adapter: string, validate: boolean): KitTarget {
  try {
    return protocolTarget(adapter, { validate });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Obstacle(exitCodes.undecided, `${error.message}\nfix: write it as 'python3 my_adapter.py'`);
  }
}
