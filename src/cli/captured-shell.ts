/** A shell that keeps what is written, for tests. */
import { plain } from '../render/palette.ts';
import type { Shell } from './shell.ts';

export interface CapturedShell extends Shell {
  /** Everything written so far. */
  readonly written: () => { readonly out: string; readonly err: string };
}

export function capturedShell(changes: Partial<Shell> = {}): CapturedShell {
  let out = '';
  let err = '';
  return {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    environment: {},
    workingDirectory: process.cwd(),
    width: 100,
    height: 24,
    palette: plain,
    errorPalette: plain,
    progress: () => {},
    ...changes,
    written: () => ({ out, err }),
  };
}
