/** A Markdown table whose cells may hold any text. */

/**
 * @param header - At least one column; every row has as many cells.
 * @returns Lines, without a final newline.
 */
export const markdownTable = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

/** A cell is one line, and a bar in it would end it. */
const cell = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim();

/** Text of one line that is no HTML. */
export const inLine = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Text in a code span; a backtick inside it needs a longer fence. */
export const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

/** Says in a generated file that it is one; every page begins with it. */
export const generated = (from: string): string =>
  `<!-- Generated from ${from} by \`npm run docs\`. Edits here are lost. -->`;
