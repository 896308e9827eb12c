/** The surroundings of a command: where it writes, and what it may know of its terminal and its environment. */
import { ansi, type Palette, plain } from '../render/palette.ts';

export interface Shell {
  /** Writes text as it is to standard output. */
  readonly out: (text: string) => void;
  /** Writes text as it is to standard error. */
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Columns of the terminal; of an ordinary one where there is none. */
  readonly width: number;
  /** Lines of the terminal; of an ordinary one where there is none. */
  readonly height: number;
  /** Colours for standard output, and for standard error. */
  readonly palette: Palette;
  readonly errorPalette: Palette;
  /** Shows on a terminal what is being done, in place of what was shown before; an empty text clears it. */
  readonly progress: (doing: string) => void;
}

const ordinaryWidth = 100;
const ordinaryHeight = 24;

/** The shell this process was started from. */
export function processShell(): Shell {
  const { stdout, stderr, env } = process;
  let shownLines = 1;
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    environment: env,
    workingDirectory: process.cwd(),
    width: Math.max(40, stdout.isTTY ? stdout.columns : ordinaryWidth),
    height: stderr.isTTY ? stderr.rows : ordinaryHeight,
    palette: paletteFor(stdout.isTTY, env),
    errorPalette: paletteFor(stderr.isTTY, env),
    progress: (doing) => {
      if (!stderr.isTTY) return;
      const lines = doing.split('\n').map((line) => (isPainted(line) ? line : line.slice(0, stderr.columns - 1)));
      const back = shownLines > 1 ? `\u001b[${shownLines - 1}A` : '';
      shownLines = lines.length;
      stderr.write(`${back}\r\u001b[J${lines.join('\n')}`);
    },
  };
}

/** A line with colours is never cut: that could leave the terminal in one of them. */
const isPainted = (line: string): boolean => line.includes('\u001b');

/** Colour on a terminal only, and never against NO_COLOR (see no-color.org) or TERM=dumb. */
export function paletteFor(isTerminal: boolean, environment: Shell['environment']): Palette {
  const { NO_COLOR: none, TERM: terminal } = environment;
  return isTerminal && (none ?? '') === '' && terminal !== 'dumb' ? ansi : plain;
}
