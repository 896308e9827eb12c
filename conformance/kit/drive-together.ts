/** A driven history: fast-check draws commands, and a server and the model of it take them side by side. */
import type { Rule } from '../../spec/rules/rule.ts';
import type { Step } from '../../spec/scenario.ts';
import { modelRun } from '../model/commands.ts';
import { live, repeated, type Session } from '../model/session.ts';
import type { Driven } from './history.ts';
import type { Found } from './target.ts';
import { type HistoryTrial, type Trial, tryOut } from './trial.ts';

export interface DriveInput {
  readonly found: Extract<Found, { kind: 'found' }>;
  readonly rules: readonly Rule[];
  readonly signal: AbortSignal;
}

/** Commands of one row at most. */
const mostCommands = 12;
/** How long fast-check may look for a shorter row, in ms. */
const shrinkTime = 10_000;

/**
 * Takes one row of commands. What the machines cannot have done ends it, and it is begun again with fewer commands and simpler
 * ones, each time on a fresh server.
 * @returns The shortest row, as a history that could have been scheduled: the rules judge it as any other.
 * @throws the reason of `signal` when it is aborted.
 */
export async function driveTogether(
  { deployment, number, seed }: Driven,
  { found, rules, signal }: DriveInput,
): Promise<HistoryTrial> {
  const rows: Row[] = [];
  const start = (): Session => {
    const row = found.isVirtual ? virtualRow : liveRow;
    const begun = row({ deployment, seed: seed >>> 0, found, rules, signal });
    rows.push(begun);
    return begun.session;
  };
  const finding = await modelRun(deployment, start, { seed, runs: 1, most: mostCommands, shrinkTime });
  signal.throwIfAborted();
  // The rows after the shortest one that failed are those that did not.
  const told = finding ? rows.findLast(({ session }) => isSame(session.steps, finding.steps)) : rows[0];
  const trial = await told?.trial();
  if (!told || !trial) throw new Error('no row of commands was taken');
  const { steps } = told.session;
  return {
    history: { number, deployment, cases: [{ name: 'a server and its model are driven together', steps }] },
    trial,
  };
}

const isSame = (steps: readonly Step[], others: readonly Step[]): boolean =>
  JSON.stringify(steps) === JSON.stringify(others);

/** A row that is being taken, and what came of it once it is over. */
interface Row {
  readonly session: Session;
  readonly trial: () => Promise<Trial>;
}

type RowInput = DriveInput & Pick<Driven, 'deployment' | 'seed'>;

/** On a server that stays. A world that breaks ends the row: what is told of it then is that. */
function liveRow({ deployment, ...input }: RowInput): Row {
  let ended: Promise<Trial> | undefined;
  const session = live(
    deployment,
    (onEvent) => ({
      run: async (scenario) => {
        ended = tryOut({ ...input, scenario, onEvent });
        return (await ended).run.trace;
      },
    }),
    input.signal,
  );
  return { session, trial: async () => (await ended) as Trial };
}

/** On one that begins again for each step. */
function virtualRow({ deployment, ...input }: RowInput): Row {
  let last: Trial | undefined;
  const run = async (steps: readonly Step[]): Promise<Trial> =>
    (last = await tryOut({ ...input, scenario: { deployment, steps } }));
  const session = repeated(async (steps) => (await run(steps)).run.trace);
  return { session, trial: async () => last ?? run([]) };
}
