import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filled, readCommandLine } from './command-line.ts';

const values = {
  bind: '127.0.0.1:8001',
  host: '127.0.0.1',
  port: '8001',
  processes: '2',
  threads: '3',
  module: 'shop',
  callable: 'app',
  script: '/srv/shop.py',
  folder: '/tmp/x',
};

const words = (text: string): readonly string[] => {
  const read = readCommandLine(text);
  if (read.kind === 'rejected') throw new Error(read.message);
  return filled(read.commandLine, values);
};

describe('a command line', () => {
  it('has what the kit decides in the place of its placeholders', () => {
    expect(words('serve --bind {bind} -n {processes} --at={folder}/sock {module}:{callable}')).toEqual([
      ...['serve', '--bind', '127.0.0.1:8001', '-n', '2', '--at=/tmp/x/sock', 'shop:app'],
    ]);
  });

  it.each([
    [`python3 -c 'print("a  b")' {port} {script}`, ['python3', '-c', 'print("a  b")', '8001', '/srv/shop.py']],
    ['"my server" a\\ b {bind} {script}', ['my server', 'a b', '127.0.0.1:8001', '/srv/shop.py']],
    ['serve "say \\"{port}\\"" \'\' {script}', ['serve', 'say "8001"', '', '/srv/shop.py']],
  ])('is split as a shell splits it: %s', (text, expected) => expect(words(text)).toEqual(expected));

  it('keeps every word that was quoted, whatever is in it', () =>
    fc.assert(
      fc.property(fc.array(fc.string()), (given) => {
        const safe = given.map((word) => word.replace(/[{}]/g, ''));
        const quoted = safe.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
        expect(words(`serve {bind} {script} ${quoted}`).slice(3)).toEqual(safe);
      }),
    ));

  it.each([
    ['serve {port} {script} {workers}', 'there is no placeholder {workers}', '{processes}'],
    ['serve {script}', 'does not say where to listen', '{bind}'],
    ['serve {bind}', 'does not say what to run', '{module}:{callable}'],
    ["serve {bind} 'x", 'quotation mark', 'close'],
    ['  ', 'empty', 'myserver'],
  ])('is rejected with a way to mend it: %s', (text, message, fix) => {
    const read = readCommandLine(text);
    if (read.kind === 'read') throw new Error('it was not rejected');
    expect(read.message).toContain(message);
    expect(read.fix).toContain(fix);
  });
});
