/** Who appears in a timeline, and where: each process in a lane, under the name of its group. */
import { eventsOf, type Observation, type Trace } from '../../spec/trace.ts';

/** A process that did something. */
interface Life {
  readonly process: string;
  readonly group: string;
  /** Sequence numbers of its first and last event. */
  readonly first: number;
  readonly last: number;
  /** It took no request and ended, if at all, only with the server. */
  readonly isIdle: boolean;
}

export interface Lane {
  readonly group: string;
  /** One after the other. */
  readonly processes: readonly string[];
}

export interface Cast {
  /** Those of one group stand together, groups in the order of their first process. */
  readonly lanes: readonly Lane[];
  /** Those for which there is no lane left. */
  readonly omitted: readonly string[];
  /** Those that did nothing and replaced nobody: they have no lane either. */
  readonly idle: readonly string[];
}

/** Whether the world that wrote the trace saw processes start; otherwise they are known by what requests observed. */
export const isSeenInside = (trace: Trace): boolean => trace.some(({ kind }) => kind === 'process.spawned');

/** How a process is called of which only its pid is known. */
export const observedName = ({ pid }: Pick<Observation, 'pid'>): string => `pid ${pid}`;

/**
 * Gives processes lanes. A process goes on in the lane of one of its group that is gone.
 * @param most - How many lanes there may be.
 */
export function castOf(trace: Trace, most: number): Cast {
  const groups = new Map<string, Life[][]>();
  const omitted: string[] = [];
  const idle: string[] = [];
  let used = 0;
  for (const life of isSeenInside(trace) ? spawnedLives(trace) : observedLives(trace)) {
    const lanes = groups.get(life.group) ?? [];
    groups.set(life.group, lanes);
    const vacant = lanes.find((lane) => (lane.at(-1)?.last ?? 0) < life.first);
    if (vacant) vacant.push(life);
    else if (life.isIdle) idle.push(life.process);
    else if (used === most) omitted.push(life.process);
    else {
      used++;
      lanes.push([life]);
    }
  }
  const lanes = [...groups].flatMap(([group, found]) =>
    found.map((lane): Lane => ({ group, processes: lane.map(({ process }) => process) })),
  );
  return { lanes, omitted, idle };
}

function spawnedLives(trace: Trace): readonly Life[] {
  const ends = new Map(eventsOf(trace, 'process.exited').map((event) => [event.process, event]));
  const served = new Set(eventsOf(trace, 'request.accepted').map(({ process }) => process));
  return eventsOf(trace, 'process.spawned').map(({ process, processGroup, seq }) => {
    const end = ends.get(process);
    const isIdle = !served.has(process) && (end === undefined || end.because === 'server-stop');
    return {
      process,
      group: processGroup || 'embedded',
      first: seq,
      last: end?.seq ?? Number.POSITIVE_INFINITY,
      isIdle,
    };
  });
}

function observedLives(trace: Trace): readonly Life[] {
  const lives = new Map<string, Life>();
  for (const { seen, seq } of eventsOf(trace, 'observation')) {
    const process = observedName(seen);
    if (lives.has(process)) continue;
    const group = seen.processGroup || 'embedded';
    lives.set(process, { process, group, first: seq, last: Number.POSITIVE_INFINITY, isIdle: false });
  }
  return [...lives.values()];
}
