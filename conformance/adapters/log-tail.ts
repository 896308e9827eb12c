/** Reads what is added to a file, line by line and at once: whoever asks knows all that was written before. */
import { closeSync, openSync, readSync } from 'node:fs';

export class LogTail {
  readonly #file: number;
  readonly #piece = Buffer.alloc(1 << 16);
  #position = 0;
  #begun = '';

  /** @throws Error where there is no such file yet. */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
  }

  /** The whole lines that were added since it was last asked. */
  read(): readonly string[] {
    for (;;) {
      const length = readSync(this.#file, this.#piece, 0, this.#piece.length, this.#position);
      if (length === 0) break;
      this.#position += length;
      this.#begun += this.#piece.toString('latin1', 0, length);
    }
    const lines = this.#begun.split('\n');
    this.#begun = lines.pop() ?? '';
    return lines;
  }

  close(): void {
    closeSync(this.#file);
  }
}
