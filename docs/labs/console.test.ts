import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consoleBlocks, matchOutput } from './console.ts';

const anyLine = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .filter((line) => !/[\n\r\u2028\u2029…]|^\$ |```|<pid|<number|<version|^\[exit/.test(line));
const anyLines = fc.array(anyLine, { maxLength: 6 });
const trimmed = (lines: readonly string[]): string =>
  lines
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n*$/, '');

describe('the output of a command on a page', () => {
  it('matches itself and nothing else, whatever characters it holds', () =>
    fc.assert(
      fc.property(anyLines, anyLines, (expected, actual) => {
        fc.pre(expected.at(-1)?.trim() !== '');
        const same = trimmed(expected) === trimmed(actual);
        expect(matchOutput(expected, actual.join('\n')) !== null).toBe(same);
      }),
    ));

  it('may leave out any number of lines', () =>
    fc.assert(
      fc.property(anyLines, (between) => {
        expect(matchOutput(['first', '…', 'last'], ['first', ...between, 'last'].join('\n'))).not.toBeNull();
        expect(matchOutput(['first', '…', 'last'], ['first', ...between, 'other'].join('\n'))).toBeNull();
      }),
    ));

  it('gives one number to one name and another to another, on the whole page', () =>
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, two) => {
        const first = matchOutput(['process <pid-a>'], `process ${one}\n`);
        expect(first).toEqual(new Map([['<pid-a>', String(one)]]));
        expect(matchOutput(['process <pid-a>'], `process ${two}`, first ?? undefined) !== null).toBe(one === two);
        expect(matchOutput(['process <pid-b>'], `process ${two}`, first ?? undefined) !== null).toBe(one !== two);
        expect(matchOutput(['<pid> then <pid>'], `${one} then ${two}`) !== null).toBe(one === two);
      }),
    ));

  it('may hold any number where it says so', () => {
    expect(matchOutput(['took <number> ms'], 'took 12 ms')).not.toBeNull();
    expect(matchOutput(['CPython <version>; go'], 'CPython 3.11.7; go')).not.toBeNull();
    expect(matchOutput(['took <number> ms'], 'took long ms')).toBeNull();
  });
});

describe('the commands of a page', () => {
  it('stand in blocks marked console, each with its output', () => {
    const page = [
      '# A',
      '```console',
      '$ first',
      'out',
      '',
      'more',
      '$ server &',
      'ready',
      '$ bad',
      '[exit code 2]',
      '```',
      '```sh',
      '$ not me',
      '```',
    ];
    expect(consoleBlocks(page.join('\n'))).toEqual([
      [
        { line: 3, command: 'first', isBackground: false, output: ['out', '', 'more'], exitCode: 0 },
        { line: 7, command: 'server', isBackground: true, output: ['ready'], exitCode: 0 },
        { line: 9, command: 'bad', isBackground: false, output: [], exitCode: 2 },
      ],
    ]);
  });

  it('are refused where a block begins with output or never ends', () => {
    expect(() => consoleBlocks('```console\noutput\n```')).toThrow(SyntaxError);
    expect(() => consoleBlocks('```console\n$ a')).toThrow(SyntaxError);
  });
});
