/** Small pieces of sentences that messages share. */
import type { Position } from '../diagnostic.ts';

/** `1 process`, `2 processes`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** `a`, `a and b`, `a, b and c`; beyond `most` the rest is only counted. */
export function listed(items: readonly string[], most = 4): string {
  const unique = [...new Set(items)];
  if (unique.length > most) return `${unique.slice(0, most - 1).join(', ')} and ${unique.length - most + 1} more`;
  if (unique.length < 2) return unique.join('');
  return `${unique.slice(0, -1).join(', ')} and ${unique.at(-1)}`;
}

/** Another place, as seen from one: `line 5`, or `other.conf:5` in another file. */
export const elsewhere = (from: Position, to: Position): string =>
  from.file === to.file ? `line ${to.line}` : `${to.file}:${to.line}`;

/** A process group in a sentence. */
export const groupWords = (processGroup: string): string =>
  processGroup === '' ? 'the Apache children' : `process group '${processGroup}'`;

/** One of its processes, after `a`, `each` or `every`. */
export const processWords = (processGroup: string): string =>
  processGroup === '' ? 'Apache child' : `process of group '${processGroup}'`;

/** An interpreter in a sentence. */
export const interpreterWords = (applicationGroup: string): string =>
  applicationGroup === '' ? 'the main interpreter' : `'${applicationGroup}'`;
