/** The reference of diagnostic codes: what the reader of configurations can say, and which traps it looks for. */
import { code, generated, markdownTable } from './markdown-table.ts';

/** One code, as its registry describes it. */
export interface CodeEntry {
  readonly code: string;
  readonly title: string;
  readonly explanation: string;
  /** Where the server's behaviour is written down, if the entry says so. */
  readonly source?: string;
}

export function diagnosticsPage(diagnostics: readonly CodeEntry[], hazards: readonly CodeEntry[]): string {
  return `${[
    generated('src/config/diagnostic-codes.ts and src/config/hazards'),
    '# Diagnostics',
    `Every message names a file, a line, a column, a code and a fix. An *error* is what the real server refuses to start with,
or what cannot be read at all; a *warning* is what it accepts and then suffers from; an *info* is worth knowing. A code
is never reused and never means something else later.`,
    contents([...diagnostics, ...hazards]),
    '## Reading a configuration',
    ...diagnostics.map(entry),
    '## Hazards',
    'What a server accepts without a word and then surprises with.',
    ...hazards.map(entry),
  ].join('\n\n')}\n`;
}

const contents = (entries: readonly CodeEntry[]): string =>
  markdownTable(
    ['Code', 'Title'],
    entries.map((each) => [`[${code(each.code)}](#${each.code.toLowerCase()})`, each.title]),
  );

const entry = (each: CodeEntry): string =>
  [
    `### ${each.code}`,
    `**${each.title}.** ${each.explanation}`,
    ...(each.source ? [`Source: ${each.source}`] : []),
  ].join('\n\n');
