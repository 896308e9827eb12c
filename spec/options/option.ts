/** The shape of the option tables: what a server calls a setting, how it reads it, and what the setting changes. */
import type { ModWsgiRelease } from '../deployments/apache.ts';

/** What a number counts; durations are whole seconds in the configuration whatever the model uses. */
export type Unit =
  | 'seconds'
  | 'milliseconds'
  | 'bytes'
  | 'megabytes'
  | 'requests'
  | 'connections'
  | 'processes'
  | 'threads';

/**
 * How the server turns the written word into a value. `integer` is C's `atoi`: it stops at the first character that is
 * not a digit and reads a word without digits as 0, without complaint.
 */
export type ValueShape =
  | {
      readonly kind: 'integer';
      readonly min: number | null;
      readonly max: number | null;
      /** Whether 0 is allowed although it is below `min`: it then stands for the server's own choice. */
      readonly zero: boolean;
    }
  /** apr_atoi64 with the same habits as atoi. */
  | { readonly kind: 'long'; readonly min: number }
  /** A positive number of seconds read by strtod; anything after it is refused. */
  | { readonly kind: 'decimal' }
  /** Octal digits and nothing else. */
  | { readonly kind: 'octal' }
  | { readonly kind: 'flag' }
  /** On by its name alone; `false`, `off`, `no` and `0` take it back, anything else does not. */
  | { readonly kind: 'switch' }
  | { readonly kind: 'absolute-path' }
  /** Not empty. */
  | { readonly kind: 'name' }
  /** Anything, the empty string included. */
  | { readonly kind: 'text' };

export type Default = number | string | boolean | null;

/** What every table row says. */
export interface Option {
  readonly name: string;
  readonly shape: ValueShape;
  readonly unit: Unit | null;
  /** What holds when the setting is left out; null is "nothing of its own". */
  readonly default: Default;
  /** One sentence: what changes when it is set. */
  readonly changes: string;
  /** Project, release, file and line. */
  readonly source: string;
}

/** The releases a row belongs to, for settings that came or went. */
export interface Releases {
  /** The release that brought it; null is older than 3.1. */
  readonly since: string | null;
  /** The first release without it; null is still there. */
  readonly until: string | null;
  /** Which of the modelled releases know it. */
  readonly releases: readonly ModWsgiRelease[];
}
