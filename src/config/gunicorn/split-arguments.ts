/** GUNICORN_CMD_ARGS into words, as Python's `shlex.split` does it: quotes and backslashes, and nothing else of a shell. */
import type { Word } from '../command-line.ts';

/** @returns null where Python raises: a quote is not closed, or nothing follows the last backslash. */
export function splitArguments(text: string): readonly Word[] | null {
  const words: Word[] = [];
  let word: { text: string; readonly column: number } | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (/[ \t\r\n]/.test(character)) {
      if (word) words.push(word);
      word = null;
      continue;
    }
    word ??= { text: '', column: at + 1 };
    if (character === "'" || character === '"') {
      for (at += 1; text.charAt(at) !== character; at += 1) {
        if (at >= text.length) return null;
        // Inside double quotes a backslash takes the special meaning of a quote or a backslash, and is itself otherwise.
        if (character === '"' && text.charAt(at) === '\\') {
          at += 1;
          if (at >= text.length) return null;
          if (!/["\\]/.test(text.charAt(at))) word.text += '\\';
        }
        word.text += text.charAt(at);
      }
    } else if (character === '\\') {
      at += 1;
      if (at >= text.length) return null;
      word.text += text.charAt(at);
    } else word.text += character;
  }
  if (word) words.push(word);
  return words;
}
