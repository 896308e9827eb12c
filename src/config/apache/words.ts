/**
 * Takes words from the arguments of a directive as Apache does: quotes only at the start of a word, a missing closing
 * quote forgiven, everything after a closing quote the next word even without a space.
 * Source: httpd 2.4.x, util.c, `ap_getword_conf` and `substring_conf`.
 */
import { isSpace } from './lines.ts';
import { offsetOf, type Placed, slice } from './placed.ts';

export interface Word {
  /** Quotes and escapes removed. */
  readonly text: string;
  /** File offset of its first character, the quote if there is one. */
  readonly offset: number;
  readonly quoted: boolean;
  /** Whether a quote was opened and never closed. */
  readonly unclosed: boolean;
}

/** A word and what follows it; at the end the word is empty and so is the rest. */
export interface Taken {
  readonly word: Word;
  readonly rest: Placed;
}

export function takeWord(from: Placed): Taken {
  const { text } = from;
  let start = 0;
  while (isSpace(text[start])) start++;
  const offset = offsetOf(from, start);
  const quote = text[start];
  let end = start;
  let raw: string;
  const quoted = quote === '"' || quote === "'";
  let unclosed = false;
  if (quoted) {
    end = start + 1;
    while (end < text.length && text[end] !== quote)
      end += text[end] === '\\' && (text[end + 1] === quote || text[end + 1] === '\\') ? 2 : 1;
    raw = unescaped(text.slice(start + 1, end), quote);
    unclosed = end >= text.length;
    if (!unclosed) end++;
  } else {
    while (end < text.length && !isSpace(text[end])) end++;
    raw = unescaped(text.slice(start, end), null);
  }
  while (isSpace(text[end])) end++;
  return { word: { text: raw, offset, quoted, unclosed }, rest: slice(from, Math.min(end, text.length)) };
}

/** All words; `""` is a word of its own. */
export function takeWords(from: Placed): readonly Word[] {
  const words: Word[] = [];
  let rest = from;
  while (rest.text !== '') {
    const taken = takeWord(rest);
    if (taken.word.text === '' && !taken.word.quoted) break;
    words.push(taken.word);
    rest = taken.rest;
  }
  return words;
}

const unescaped = (text: string, quote: string | null): string =>
  text.replace(/\\([\s\S])/g, (both, next) => (next === '\\' || next === quote ? next : both));

/** A word as it must be written so that it is read as `text`. Line breaks cannot be written at all. */
export function quoteWord(text: string): string {
  const plain = text !== '' && !/[\s"'\\<>]/.test(text) && !text.startsWith('#');
  return plain ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
