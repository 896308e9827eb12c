/**
 * Commands in a page of Markdown, with the output they are to have. A page is what a reader types and sees, so it is run
 * as it stands.
 *
 * In a block marked `console` a line that begins with `$ ` is a command for bash, started in the root of the checkout;
 * the lines below it are its whole standard output. A command that ends in ` &` goes on running: its output is awaited,
 * and it is told to stop (SIGTERM) after the last command of its block. `[exit code N]` as the last line stands for a
 * code other than 0. In an output
 *
 * - `…` alone on a line is any number of lines, none included;
 * - `<pid>`, `<pid-a>`, `<pid-b>` … are numbers: the same name is the same number on the whole page, another name another;
 * - `<number>` is any number, and `<version>` any numbers with dots between them.
 */

export interface ConsoleCommand {
  /** The line of the page it stands on, from 1. */
  readonly line: number;
  readonly command: string;
  readonly isBackground: boolean;
  readonly output: readonly string[];
  readonly exitCode: number;
}

export type ConsoleBlock = readonly ConsoleCommand[];

/**
 * Finds the console blocks of a page, in order.
 * @throws SyntaxError if a block is not closed, is empty, or begins with output.
 */
export function consoleBlocks(markdown: string): readonly ConsoleBlock[] {
  const blocks: ConsoleBlock[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] !== '```console') continue;
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new SyntaxError(`line ${at + 1}: the block is not closed`);
    blocks.push(commandsOf(lines.slice(at + 1, end), at + 2));
    at = end;
  }
  return blocks;
}

function commandsOf(lines: readonly string[], first: number): ConsoleBlock {
  const starts = lines.flatMap((line, index) => (line.startsWith('$ ') ? [index] : []));
  if (starts[0] !== 0) throw new SyntaxError(`line ${first}: a console block begins with a command`);
  return starts.map((start, index) => {
    const written = (lines[start] ?? '').slice(2);
    const isBackground = written.endsWith(' &');
    const output = lines.slice(start + 1, starts[index + 1]);
    const code = /^\[exit code (\d+)\]$/.exec(output.at(-1) ?? '')?.[1];
    return {
      line: first + start,
      command: isBackground ? written.slice(0, -2) : written,
      isBackground,
      output: code === undefined ? output : output.slice(0, -1),
      exitCode: Number(code ?? 0),
    };
  });
}

/** What the names of a page stand for, so far. */
export type Bindings = ReadonlyMap<string, string>;

/**
 * Compares what was printed with what the page says. White space at the ends of lines and of the whole does not count.
 * @returns the bindings with what this output adds, or null if they differ.
 */
export function matchOutput(expected: readonly string[], actual: string, known: Bindings = new Map()): Bindings | null {
  const fresh: string[] = [];
  const pattern = expected.map((line) => linePattern(line.trimEnd(), known, fresh)).join('');
  const printed = actual.split('\n').map((line) => line.trimEnd());
  while (printed.at(-1) === '') printed.pop();
  const found = new RegExp(`^${pattern}$`).exec(printed.map((line) => `${line}\n`).join(''));
  if (!found) return null;
  const bindings = new Map([...known, ...fresh.map((name, index) => [name, found[index + 1] ?? ''] as const)]);
  return new Set(bindings.values()).size === bindings.size ? bindings : null;
}

/** One line with its end as a pattern; each name that is new becomes a group, in the order of `fresh`. */
function linePattern(line: string, known: Bindings, fresh: string[]): string {
  if (line === '…') return '(?:.*\\n)*?';
  const parts = line.split(/(<pid(?:-\w+)?>|<number>|<version>)/).map((part, index) => {
    if (index % 2 === 0) return escaped(part);
    if (part === '<number>') return '\\d+';
    if (part === '<version>') return '\\d+(?:\\.\\d+)*';
    const value = known.get(part);
    if (value !== undefined) return escaped(value);
    if (fresh.includes(part)) return `\\${fresh.indexOf(part) + 1}(?!\\d)`;
    fresh.push(part);
    return '(\\d+)';
  });
  return `${parts.join('')}\\n`;
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
