/** One history on one server, judged. */
import type { Share } from '../../spec/check-record.ts';
import type { Rule, Run } from '../../spec/rules/rule.ts';
import type { Scenario } from '../../spec/scenario.ts';
import type { TraceEvent } from '../../spec/trace.ts';
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
  /** Of so many tries so many were given up, because nothing happened in them; null where there was no such try. */
  readonly stuck: Share | null;
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
  /** Hears each event as it is recorded. */
  readonly onEvent?: (event: TraceEvent) => void;
}

/** Lines of a log that are kept. */
const keptLines = 40;
/** Every step of a scenario is bounded; a run in which nothing happens for so long, in ms, is stuck. */
const patience = 60_000;
/**
 * A run that is stuck is tried again: on a server that goes through hundreds of cases, one lost wake-up is no finding. It is told, though:
 * see `stuck`.
 */
const attempts = 2;

/** @throws the reason of `signal` when it is aborted: everything else is part of the trial. */
export async function tryOut(input: TrialInput): Promise<Trial> {
  for (let of = 1; ; of++) {
    const { isStuck, ...trial } = await attempted(input);
    const shown = isStuck ? of : of - 1;
    // Steps that were decided on the way cannot be taken again.
    if (!isStuck || of === attempts || input.scenario.further)
      return { ...trial, stuck: shown > 0 ? { shown, of } : null };
  }
}

async function attempted({
  found,
  scenario,
  rules,
  seed,
  signal,
  onEvent,
}: TrialInput): Promise<Omit<Trial, 'stuck'> & { readonly isStuck: boolean }> {
  signal.throwIfAborted();
  const log: string[] = [];
  const began = performance.now();
  const limit = new AbortController();
  const stuck = setTimeout(() => limit.abort(), patience);
  const options: WorldOptions = {
    seed,
    onEvent: (event) => {
      stuck.refresh();
      onEvent?.(event);
    },
    onLog: (line) => {
      if (log.push(line) > keptLines) log.shift();
    },
  };
  const world: World = found.world(options);
  const end = (): void => limit.abort(signal.reason);
  signal.addEventListener('abort', end);
  const ended = (run: Run, findings: readonly Finding[], broke: string | null, isStuck = false) => ({
    run,
    findings,
    broke,
    log,
    ms: performance.now() - began,
    isStuck,
  });
  try {
    const run: Run = { deployment: scenario.deployment, trace: await world.run(scenario, limit.signal) };
    return ended(run, judge(run, rules, world.sees, world.seesOfDaemons), null);
  } catch (error) {
    signal.throwIfAborted();
    const isStuck = limit.signal.aborted;
    const why = isStuck
      ? `nothing happened for ${patience / 1000} s${scenario.further ? '' : ', twice'}`
      : error instanceof Error
        ? error.message
        : String(error);
    return ended({ deployment: scenario.deployment, trace: [] }, [], why, isStuck);
  } finally {
    clearTimeout(stuck);
    signal.removeEventListener('abort', end);
  }
}
