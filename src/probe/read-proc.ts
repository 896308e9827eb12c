/** Files of /proc, which are looked at a hundred times a second and more. */
import { closeSync, openSync, readSync } from 'node:fs';

/** One for all: for a file whose length the kernel does not tell, `readFileSync` makes 64 KiB of garbage each time. */
const buffer = Buffer.allocUnsafeSlow(8192);

/**
 * The text of such a file.
 * @throws Error where there is none, or none any more.
 */
export function readProc(path: string): string {
  const file = openSync(path, 'r');
  try {
    let text = '';
    for (;;) {
      const length = readSync(file, buffer, 0, buffer.length, null);
      if (length === 0) return text;
      text += buffer.toString('latin1', 0, length);
    }
  } finally {
    closeSync(file);
  }
}
