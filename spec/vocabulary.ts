/** The words every part of wsgiscope shares: branded ids and durations, each made in one checked place. */

declare const brand: unique symbol;
/** A value of type `T` that only its own maker can produce, so that a pid and a duration cannot be mixed up. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A duration or a point on a world's clock, in whole milliseconds. */
export type Millis = Brand<number, 'Millis'>;
/** Names one incarnation of a server process inside one run: `shop#1`, `shop#2`, … It is never reused, as pids are. */
export type ProcessId = Brand<string, 'ProcessId'>;
/** Names one request inside one run: `r1`, `r2`, … */
export type RequestId = Brand<string, 'RequestId'>;
/** The name of a process group; the empty string is embedded mode, as in `mod_wsgi.process_group`. */
export type ProcessGroupName = string;
/** The name of an application group, that is of one interpreter in each process; the empty string is the main interpreter. */
export type ApplicationGroup = string;

/** The signals that mean something to a server or to one of its processes. */
export const signals = [
  'SIGINT',
  'SIGTERM',
  'SIGQUIT',
  'SIGABRT',
  'SIGKILL',
  'SIGSTOP',
  'SIGCONT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGTTIN',
  'SIGTTOU',
  'SIGXCPU',
] as const;
export type Signal = (typeof signals)[number];

/**
 * Reads a duration in seconds.
 * @throws RangeError if `seconds` is negative, infinite or not a number.
 */
export function fromSeconds(seconds: number): Millis {
  if (!(seconds >= 0 && seconds < Number.POSITIVE_INFINITY))
    throw new RangeError(`fromSeconds: need seconds ≥ 0, got ${seconds}`);
  return Math.round(seconds * 1000) as Millis;
}

/** The same duration in seconds, for messages and for configuration text. */
export const toSeconds = (duration: Millis): number => duration / 1000;

/**
 * Reads a number of milliseconds.
 * @throws RangeError if it is negative, infinite or not a number.
 */
export function millis(value: number): Millis {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) throw new RangeError(`millis: need ≥ 0, got ${value}`);
  return Math.round(value) as Millis;
}

/** The id of the `serial`-th process started in a group; `serial` counts from 1 over the whole run. */
export const processId = (group: ProcessGroupName, serial: number): ProcessId =>
  `${group === '' ? 'embedded' : group}#${serial}` as ProcessId;

/** The id of the `serial`-th request of a run, from 1. */
export const requestId = (serial: number): RequestId => `r${serial}` as RequestId;

/** Makes a forgotten case of a union a compile error; reaching it at run time is a bug of ours. */
export function assertNever(value: never): never {
  throw new Error(`unexpected case: ${JSON.stringify(value)}`);
}
