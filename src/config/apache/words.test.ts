import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader } from './lines.ts';
import { positionAt, sourceFile } from './placed.ts';
import { quoteWord, takeWords } from './words.ts';

const wordsOf = (text: string) => {
  const line = new LineReader(sourceFile('x.conf', text)).next();
  return line === null ? [] : takeWords(line);
};
const texts = (text: string): readonly string[] => wordsOf(text).map((word) => word.text);
/** Anything one line can hold. */
const oneLine = fc.string({ unit: 'binary' }).filter((text) => !/[\0\n]/.test(text));

describe('A word', () => {
  it('comes back as it was when it is quoted', () =>
    fc.assert(
      fc.property(fc.array(oneLine, { minLength: 1, maxLength: 4 }), (words) => {
        // A word in front keeps the line from being trimmed.
        expect(texts(`x ${words.map(quoteWord).join(' ')}`)).toEqual(['x', ...words]);
      }),
    ));

  it('is placed where it begins', () =>
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1 }),
        fc.constantFrom(' ', '\t', ' \\\n '),
        (words, space) => {
          const text = words.join(space);
          for (const word of wordsOf(text)) expect(text.slice(word.offset)).toMatch(new RegExp(`^${word.text}`));
        },
      ),
    ));

  it.each([
    ['a "b c" d', ['a', 'b c', 'd']],
    ["'a \"b'c", ['a "b', 'c']],
    ['a\\ b a\\\\b', ['a\\', 'b', 'a\\b']],
    ['"a\\"b" "c\\d"', ['a"b', 'c\\d']],
    ['"never closed', ['never closed']],
    ['a=""b', ['a=""b']],
    ['a "" b', ['a', '', 'b']],
    ['x\u00a0y', ['x\u00a0y']],
  ])('is cut as Apache cuts it: %j', (text, expected) => expect(texts(text)).toEqual(expected));
});

describe('A line', () => {
  const linesOf = (text: string): readonly string[] => {
    const reader = new LineReader(sourceFile('x.conf', text));
    const lines: string[] = [];
    for (let line = reader.next(); line !== null; line = reader.next()) lines.push(line.text);
    return lines;
  };

  it.each([
    ['a\n  b  \n\n', ['a', 'b', '']],
    ['a \\\n  b', ['a   b']],
    ['a\\\r\nb\r\n', ['ab']],
    ['a\\', ['a\\']],
    ['a\\\\\nb\n', ['a\\b']],
    ['a\\\\\n\nb\n', ['ab']],
    ['a\0b\nc', ['a', 'c']],
    ['\\\n', ['']],
    ['', []],
  ])('is joined and trimmed as Apache does: %j', (text, expected) => expect(linesOf(text)).toEqual(expected));

  it('knows where each of its characters came from', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\\', '\n', '\r', '\t') }), (text) => {
        const file = sourceFile('x.conf', text);
        const reader = new LineReader(file);
        for (let line = reader.next(); line !== null; line = reader.next()) {
          expect(line.offsets.length).toBe(line.text.length + 1);
          for (const [index, character] of [...line.text].entries())
            expect(text[line.offsets[index] ?? -1]).toBe(character);
        }
      }),
    ));
});

it('A place is counted from the first character of the first line', () => {
  const file = sourceFile('x.conf', 'ab\nc\n');
  const at = (offset: number): string => `${positionAt(file, offset).line}:${positionAt(file, offset).column}`;
  expect([0, 1, 2, 3, 4, 5, 99].map(at)).toEqual(['1:1', '1:2', '1:3', '2:1', '2:2', '3:1', '3:1']);
});
