/** What a reader of configurations has to say about a text: where, what, how bad, and how to put it right. */
import type { DiagnosticCode } from './diagnostic-codes.ts';

/** A place in a file; lines and columns count from 1, a column is a UTF-16 unit. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * `error` is what the real server refuses to start with, or what cannot be read at all; `warning` is what it accepts and
 * then suffers from, or what cannot be known from here; `info` is a choice made for the user.
 */
export type Severity = 'error' | 'warning' | 'info';

export interface Diagnostic extends Position {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One sentence: what is the matter. */
  readonly message: string;
  /** One sentence: what to write instead. */
  readonly fix: string;
}

/** Whether any of them keeps the server from starting. */
export const isRefused = (diagnostics: readonly Pick<Diagnostic, 'severity'>[]): boolean =>
  diagnostics.some((diagnostic) => diagnostic.severity === 'error');

/** By file in the order first named, then by place; equal places keep their order, and nothing is said twice. */
export function inOrder<Placed extends Position>(diagnostics: readonly Placed[]): readonly Placed[] {
  const files = [...new Set(diagnostics.map((diagnostic) => diagnostic.file))];
  const said = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  return [...said.values()].toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
