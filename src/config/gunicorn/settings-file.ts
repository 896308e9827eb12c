/** A settings file of gunicorn, as whoever ran or read it tells of it. It is Python; running it is none of the reader's work. */
import type { Position } from '../diagnostic.ts';
import type { PythonValue } from './python-value.ts';

export type SettingsFile =
  | {
      readonly kind: 'run';
      readonly file: string;
      /** Every name that is there in the end, in the order first written. */
      readonly values: readonly SettingsName[];
    }
  /** It was not run: what is written as a literal is known, and the rest is not. */
  | {
      readonly kind: 'read';
      readonly file: string;
      readonly values: readonly SettingsName[];
      /** Names whose values only Python knows. */
      readonly unknown: readonly { readonly name: string; readonly at: Position }[];
      /** Why it was not run, and what would help. */
      readonly why: { readonly message: string; readonly fix: string; readonly at: Position };
    }
  /** gunicorn would stop here. */
  | {
      readonly kind: 'failed';
      readonly file: string;
      readonly message: string;
      readonly fix: string;
      readonly at: Position;
    };

export interface SettingsName {
  readonly name: string;
  readonly value: PythonValue;
  /** Where it was last written; the beginning of the file where that is not to be seen. */
  readonly at: Position;
}
