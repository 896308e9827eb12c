/**
 * A file that lines are added to. What comes while a write is under way is written with the next one. A file that
 * cannot be written is complained of once and stops nothing; lines that it could not take are lost, as Apache's are.
 */
import { closeSync, openSync, write } from 'node:fs';
import { CannotStart } from '../cannot-start.ts';
import type { LineSink } from './line-sink.ts';

/** What may wait to be written, in characters: a disk that is slower loses lines. */
const patience = 8 << 20;

export class LogFile implements LineSink {
  readonly #path: string;
  readonly #complain: (message: string) => void;
  #descriptor: number;
  #waiting = '';
  #underWay = false;
  #scheduled = false;
  #wantsReopening = false;
  #isComplainedOf = false;
  #closed: (() => void) | null = null;

  /**
   * @param complain - Hears once that the file cannot be written, and again only after it could be.
   * @throws CannotStart when the file cannot be opened.
   */
  constructor(path: string, complain: (message: string) => void) {
    this.#path = path;
    this.#complain = complain;
    try {
      this.#descriptor = openSync(path, 'a');
    } catch (error) {
      throw new CannotStart(`cannot write ${path}: ${(error as Error).message}\nfix: name a file that can be written`);
    }
  }

  write(line: string): void {
    if (this.#waiting.length > patience) {
      this.#lost('it is slower than what is to be written');
      return;
    }
    this.#waiting += line;
    if (this.#scheduled || this.#underWay) return;
    this.#scheduled = true;
    // After this turn, so that its lines share one write.
    setImmediate(() => {
      this.#scheduled = false;
      this.#next();
    });
  }

  reopen(): void {
    this.#wantsReopening = true;
    if (!this.#underWay && !this.#scheduled) this.#next();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closed = resolve;
      if (!this.#underWay && !this.#scheduled) this.#next();
    });
  }

  #next(): void {
    if (this.#wantsReopening) this.#reopen();
    if (this.#waiting !== '') {
      const block = Buffer.from(this.#waiting);
      this.#waiting = '';
      this.#put(block);
    } else if (this.#closed) {
      closeSync(this.#descriptor);
      this.#closed();
    }
  }

  #put(block: Buffer): void {
    this.#underWay = true;
    write(this.#descriptor, block, 0, block.length, null, (error, written) => {
      this.#underWay = false;
      if (error) this.#lost(error.message);
      else if (written < block.length) {
        this.#put(block.subarray(written));
        return;
      } else this.#isComplainedOf = false;
      this.#next();
    });
  }

  #reopen(): void {
    this.#wantsReopening = false;
    try {
      const descriptor = openSync(this.#path, 'a');
      closeSync(this.#descriptor);
      this.#descriptor = descriptor;
    } catch (error) {
      // The old file is better than none.
      this.#complain(`cannot open ${this.#path} again: ${(error as Error).message}; going on in the old file`);
    }
  }

  #lost(reason: string): void {
    if (this.#isComplainedOf) return;
    this.#isComplainedOf = true;
    this.#complain(`cannot write ${this.#path}: ${reason}; lines are lost until it can be written`);
  }
}
