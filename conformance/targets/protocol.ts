/** A server behind an adapter that speaks the adapter protocol. */
import { basename } from 'node:path';
import fc from 'fast-check';
import { splitWords } from '../adapters/command-line.ts';
import { type AdapterCommand, introduced, protocolWorld } from '../adapters/protocol.ts';
import { anyPlain } from '../arbitraries/worker-deployments.ts';
import type { KitTarget } from '../kit/target.ts';
import { readSayings, type Sayings } from './says.ts';

export interface ProtocolTargetOptions {
  /** Every message must be as the protocol has it. */
  readonly validate?: boolean;
  /** What the adapter is given; by default what this process has. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * @param command - How the adapter is started: `python3 my_adapter.py`.
 * @throws RangeError where that is no command line.
 */
export function protocolTarget(command: string, options: ProtocolTargetOptions = {}): KitTarget {
  const { validate = false, environment = process.env } = options;
  const [program, ...parameters] = splitWords(command) ?? [];
  if (program === undefined) throw new RangeError(`'${command}' is no command line by which an adapter can be started`);
  const given = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const adapter: AdapterCommand = {
    words: [program, ...parameters],
    environment: Object.fromEntries(given),
    validate,
  };
  let sayings: Sayings = {
    promises: { countsProcesses: false, countsThreads: false, replacesProcesses: false, reloadsOn: null },
  };
  const name = basename(parameters.at(-1) ?? program).replace(/\.\w+$/, '');
  return {
    id: `adapter-${name}`,
    title: `the server behind ${command}`,
    find: async () => {
      try {
        const metadata = await introduced(adapter);
        const read = readSayings(metadata.says.filter((saying) => saying !== 'observe'));
        if (read.kind === 'rejected') return { kind: 'missing', what: read.message, fix: read.fix };
        sayings = read.sayings;
        return {
          kind: 'found',
          version: `${metadata.name} ${metadata.version} on Python ${metadata.python}`,
          world: (world) => protocolWorld(adapter, metadata, world),
        };
      } catch (error) {
        return {
          kind: 'missing',
          what: `an adapter that introduces itself: ${error instanceof Error ? error.message : String(error)}`,
          fix: 'see docs/adapter-protocol.md for what it must say',
        };
      }
    },
    // As the adapter that was found says.
    get deployments() {
      const { promises } = sayings;
      return anyPlain({
        server: name,
        processes: promises.countsProcesses ? fc.integer({ min: 1, max: 3 }) : fc.constant(1),
        threads: promises.countsThreads ? fc.integer({ min: 1, max: 3 }) : fc.constant(1),
        promises,
      });
    },
  };
}
