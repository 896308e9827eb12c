/**
 * What a trace tells of the rounds in which Apache's parent keeps spare threads: who was forked or retired because of the
 * load, and how many threads were idle then, as far as that is certain. What ends a child for any other reason ends the
 * telling: who follows such a child is another story.
 */
import type { TraceEvent } from '../../trace.ts';
import type { Millis, ProcessId, RequestId } from '../../vocabulary.ts';
import { type ApacheRun, type Judgement, judgeEach, type Objection } from '../rule.ts';

/** A round that did something, or a time in which rounds must have come and did nothing. */
interface Round {
  readonly did: 'fork' | 'retire' | 'nothing';
  readonly seq: number;
  readonly at: Millis;
  /** Children that were there when the parent counted, as far as that is certain. */
  readonly children: number;
  /** Threads of all children that nobody told to go. */
  readonly idle: { readonly atLeast: number; readonly atMost: number };
  /** Since the round before that retired a child, in ms; infinity for the first. */
  readonly sinceRetiring: number;
}

/** A round looks once a second: what is older than this it has surely seen, and what is younger perhaps not. */
const roundLength = 2000;
/** So long a shortage or surplus is not left alone, in ms: many rounds, that a slow machine is not taken for a broken one. */
const patience = 10_000;

/** @param unit - What is compared with the bounds, in the plural. */
export function judgeMaintenance(run: ApacheRun, unit: string): Judgement {
  const { children: pool } = run.deployment;
  const { min, max } = pool.spare;
  return judgeEach(roundsOf(run), 'no child was forked or retired because of the load', (round): Objection | null => {
    const { did, idle, children, seq, sinceRetiring } = round;
    const object = (says: string): Objection => ({ says, seqs: [seq] });
    switch (did) {
      case 'fork':
        return idle.atLeast < min
          ? null
          : object(`a child was forked although at least ${idle.atLeast} ${unit} were idle, and ${min} are enough`);
      case 'retire':
        if (idle.atMost <= max)
          return object(`a child was retired although at most ${idle.atMost} ${unit} were idle, and ${max} may be`);
        return sinceRetiring >= 900 ? null : object(`two children were retired within ${sinceRetiring} ms`);
      case 'nothing':
        if (idle.atLeast > max && children > 1)
          return object(`no child was retired while at least ${idle.atLeast} ${unit} were idle, and ${max} may be`);
        return idle.atMost < min && (children + 1) * pool.threadsPerChild <= pool.maxRequestWorkers
          ? object(`no child was forked while at most ${idle.atMost} ${unit} were idle, and ${min} should be`)
          : null;
    }
  });
}

/** The life of a child up to the moment when it was told to go. */
interface Child {
  readonly spawned: Millis;
}
interface Visit {
  /** When it was surely inside a child; null while it may be anywhere. */
  entered: { readonly at: Millis; readonly process: ProcessId } | null;
  over: Millis | null;
}

function roundsOf({ deployment, trace }: ApacheRun): readonly Round[] {
  const { threadsPerChild } = deployment.children;
  const children = new Map<ProcessId, Child>();
  const leaving = new Set<ProcessId>();
  const visits = new Map<RequestId, Visit>();
  const accepted = new Map<RequestId, ProcessId>();
  /** A connection that is kept may keep its thread, and only its client knows how long. */
  const connections = new Set<string>();
  const rounds: Round[] = [];
  let isRunning = false;
  let retiredAt = Number.NEGATIVE_INFINITY;
  let changedAt = 0;

  const round = (did: Round['did'], { seq, at }: TraceEvent): Round => {
    const settled = [...children].filter(([, { spawned }]) => spawned <= at - roundLength);
    const all = [...visits.values()];
    const perhaps = all.filter(({ over }) => over === null || over > at - roundLength).length + connections.size;
    const surely = all.filter(
      ({ entered, over }) =>
        over === null && entered !== null && entered.at <= at - roundLength && children.has(entered.process),
    ).length;
    return {
      did,
      seq,
      at,
      children: settled.length,
      idle: {
        atLeast: Math.max(0, settled.length * threadsPerChild - perhaps),
        atMost: children.size * threadsPerChild - surely,
      },
      sinceRetiring: at - retiredAt,
    };
  };

  for (const event of trace) {
    if (isRunning && leaving.size === 0 && event.at - changedAt >= patience) rounds.push(round('nothing', event));
    if (isOtherCause(event, children)) return rounds;
    if (event.kind !== 'request.queued') changedAt = event.at;
    switch (event.kind) {
      case 'process.spawned':
        if (event.processGroup !== '') break;
        if (isRunning) rounds.push(round('fork', event));
        children.set(event.process, { spawned: event.at });
        break;
      case 'process.ready':
        isRunning ||= children.has(event.process);
        break;
      case 'process.draining':
      case 'process.stopping':
        if (!children.has(event.process)) break;
        rounds.push(round('retire', event));
        retiredAt = event.at;
        children.delete(event.process);
        leaving.add(event.process);
        break;
      case 'process.exited':
        leaving.delete(event.process);
        break;
      case 'request.sent':
        visits.set(event.request, { entered: null, over: null });
        if (event.connection !== undefined) connections.add(event.connection);
        break;
      case 'request.accepted':
        accepted.set(event.request, event.process);
        break;
      case 'observation': {
        const visit = visits.get(event.request);
        const process = accepted.get(event.request);
        if (visit && process && event.seen.processGroup === '') visit.entered = { at: event.at, process };
        break;
      }
      case 'request.released':
      case 'request.finished':
      case 'request.failed': {
        const visit = visits.get(event.request);
        if (visit && event.kind === 'request.released') visit.entered = null;
        else if (visit) visit.over = event.at;
        break;
      }
    }
  }
  return rounds;
}

/** A child ends for another reason than the load, or something is done to a process. */
const isOtherCause = (event: TraceEvent, children: ReadonlyMap<ProcessId, Child>): boolean =>
  event.kind === 'act.performed' ||
  ((event.kind === 'process.draining' || event.kind === 'process.stopping' || event.kind === 'process.exited') &&
    children.has(event.process) &&
    event.because !== 'surplus');
