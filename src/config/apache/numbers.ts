/** Numbers as C reads them. */

/** A number read from the start of a word, and what the reading passed over in silence. */
export interface CNumber {
  readonly value: number;
  /** What stands behind the digits; the whole word if it does not begin with a number. */
  readonly ignored: string;
  /** Whether there were more digits than the C type holds, so that the value is another than the one written. */
  readonly overflow: boolean;
}

/** C's `atoi` with glibc on 64 bits: strtol, then truncation to 32 bits. Never fails: a word without digits is 0. */
export function atoi(word: string): CNumber {
  const number = strtol(word);
  const value = Number(BigInt.asIntN(32, number.exact));
  return { value, ignored: number.ignored, overflow: BigInt(value) !== number.written };
}

/** `strtol(word, …, 10)` as a double: exact up to 2^53. */
export function strtol(word: string): { exact: bigint; written: bigint; ignored: string } {
  const found = /^[ \t\n\v\f\r]*([+-]?[0-9]+)/.exec(word);
  if (found?.[1] === undefined) return { exact: 0n, written: 0n, ignored: word };
  const written = BigInt(found[1].replace(/^\+/, ''));
  const max = 2n ** 63n - 1n;
  const exact = written > max ? max : written < -max - 1n ? -max - 1n : written;
  return { exact, written, ignored: word.slice(found[0].length) };
}
