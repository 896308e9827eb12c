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
  /** Colours for standard output, and for standard error. */
  readonly palette: Palette;
  readonly errorPalette: Palette;
  /** Shows on a terminal what is being done, in place of what was shown before; an empty text clears the line. */
  readonly progress: (doing: string) => void;
}

const ordinaryWidth = 100;

/** The shell this process was started from. */
export function processShell(): Shell {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    environment: env,
    workingDirectory: process.cwd(),
    width: Math.max(40, stdout.isTTY ? stdout.columns : ordinaryWidth),
    palette: paletteFor(stdout.isTTY, env),
    errorPalette: paletteFor(stderr.isTTY, env),
    progress: (doing) => {
      if (stderr.isTTY) stderr.write(`\r\u001b[K${doing.slice(0, stderr.columns - 1)}`);
    },
  };
}

/** Colour on a terminal only, and never against NO_COLOR (see no-color.org) or TERM=dumb. */
export function paletteFor(isTerminal: boolean, environment: Shell['environment']): Palette {
  const { NO_COLOR: none, TERM: terminal } = environment;
  return isTerminal && (none ?? '') === '' && terminal !== 'dumb' ? ansi : plain;
}
