/**
 * A file that lines are added to. What comes while a write is under way is written with the next one. A file that
 * cannot be written is complained of once and stops nothing; lines that it could not take are lost, as Apache's are.
 */
import { closeSync, openSync, write, writeSync } from 'node:fs';
import { CannotStart } from '../cannot-start.ts';
import type { LineSink } from './line-sink.ts';

/** What may wait to be written, in characters: a disk that is slower loses lines. */
const patience = 8 << 20;

export class LogFile implements LineSink {
  readonly #path: string;
  readonly #complain: (message: string) => void;
  #descriptor: number;
  #waiting = '';
  /** What is being written now. */
  #underWay: Buffer | null = null;
  #scheduled = false;
  #wantsReopening = false;
  #isComplainedOf = false;

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
    if (!this.#underWay) this.#next();
  }

  /** Writes before it returns: the program may be about to end. */
  close(): void {
    const rest = Buffer.concat([this.#underWay ?? Buffer.alloc(0), Buffer.from(this.#waiting)]);
    this.#waiting = '';
    this.#underWay = null;
    try {
      for (let written = 0; written < rest.length; ) written += writeSync(this.#descriptor, rest, written);
    } catch (error) {
      this.#lost((error as Error).message);
    }
    closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  #next(): void {
    if (this.#descriptor === -1) return;
    if (this.#wantsReopening) this.#reopen();
    if (this.#waiting === '' || this.#underWay) return;
    const block = Buffer.from(this.#waiting);
    this.#waiting = '';
    this.#put(block);
  }

  #put(block: Buffer): void {
    this.#underWay = block;
    write(this.#descriptor, block, 0, block.length, null, (error, written) => {
      if (this.#descriptor === -1) return;
      this.#underWay = null;
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
