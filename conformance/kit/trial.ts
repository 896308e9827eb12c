/** One history on one server, judged. */
import type { Rule, Run } from '../../spec/rules/rule.ts';
import type { Scenario } from '../../spec/scenario.ts';
import type { World } from '../../spec/world.ts';
import { type Finding, judge } from '../../src/judge/judge.ts';
import type { History } from './history.ts';
import type { Found, WorldOptions } from './target.ts';

export interface Trial {
  readonly run: Run;
  /** One for each rule, in their order; empty where the world broke. */
  readonly findings: readonly Finding[];
  /** What the world threw: our fault or the machine's, never the server's. */
  readonly broke: string | null;
  /** The last lines of the server's log. */
  readonly log: readonly string[];
  readonly ms: number;
}

/** A trial, and the history that was tried. */
export interface HistoryTrial {
  readonly history: History;
  readonly trial: Trial;
}

export interface TrialInput {
  readonly found: Extract<Found, { kind: 'found' }>;
  readonly scenario: Scenario;
  readonly rules: readonly Rule[];
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Lines of a log that are kept. */
const keptLines = 40;
/** A scenario is bounded; one that takes longer than this, in ms, is stuck. */
const longest = 300_000;

/** @throws the reason of `signal` when it is aborted: everything else is part of the trial. */
export async function tryOut({ found, scenario, rules, seed, signal }: TrialInput): Promise<Trial> {
  const log: string[] = [];
  const began = performance.now();
  const options: WorldOptions = {
    seed,
    onLog: (line) => {
      if (log.push(line) > keptLines) log.shift();
    },
  };
  const world: World = found.world(options);
  const limit = new AbortController();
  const end = (): void => limit.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', end);
  const stuck = setTimeout(() => limit.abort(), longest);
  const ended = (run: Run, findings: readonly Finding[], broke: string | null): Trial => ({
    run,
    findings,
    broke,
    log,
    ms: performance.now() - began,
  });
  try {
    const run: Run = { deployment: scenario.deployment, trace: await world.run(scenario, limit.signal) };
    return ended(run, judge(run, rules, world.sees), null);
  } catch (error) {
    signal.throwIfAborted();
    const why = limit.signal.aborted
      ? `the run did not end within ${longest / 1000} s`
      : error instanceof Error
        ? error.message
        : String(error);
    return ended({ deployment: scenario.deployment, trace: [] }, [], why);
  } finally {
    clearTimeout(stuck);
    signal.removeEventListener('abort', end);
  }
}
