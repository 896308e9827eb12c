/** Diagnostics for people: where, how bad, which code, what will happen, how to put it right. */
import type { TextStyle } from './palette.ts';
import { hanging } from './wrap.ts';

export interface ShownDiagnostic {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly fix: string;
}

/**
 * Two lines for each, `file:line:column: severity CODE: message` and the fix, wrapped. What is only worth knowing comes
 * last; otherwise the order is kept.
 * @returns Lines without a final line break; empty where there is nothing to say.
 */
export function diagnosticsText(diagnostics: readonly ShownDiagnostic[], style: TextStyle): string {
  const pressing = diagnostics.filter((diagnostic) => diagnostic.severity !== 'info');
  const others = diagnostics.filter((diagnostic) => diagnostic.severity === 'info');
  return [...pressing, ...others].map((diagnostic) => diagnosticText(diagnostic, style)).join('\n');
}

export function diagnosticText(diagnostic: ShownDiagnostic, { width, palette }: TextStyle): string {
  const { file, line, column, severity, code, message, fix } = diagnostic;
  const paint = { error: palette.bad, warning: palette.warning, info: palette.note }[severity];
  const mark = `${severity} ${code}`;
  const said = hanging(`${file}:${line}:${column}: ${mark}: ${message}`, width, 2);
  return `${said.replace(mark, paint(mark))}\n  ${hanging(`fix: ${fix}`, width - 2, 7)}`;
}

/** `1 error, 2 warnings, 3 infos`; what there is none of is left out. */
export function diagnosticsCount(diagnostics: readonly Pick<ShownDiagnostic, 'severity'>[]): string {
  const words = { error: 'error', warning: 'warning', info: 'info' } as const;
  const counts = (Object.keys(words) as (keyof typeof words)[]).flatMap((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return count === 0 ? [] : [`${count} ${words[severity]}${count === 1 ? '' : 's'}`];
  });
  return counts.length === 0 ? 'nothing to remark' : counts.join(', ');
}
