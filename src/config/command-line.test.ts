import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';

const words = (text: string, environment: Readonly<Record<string, string>> = {}) =>
  readCommandLine(text, environment)?.words.map((word) => word.text);
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

describe('a command line that starts a server', () => {
  it('gives back every word that was quoted for a shell', () =>
    fc.assert(
      fc.property(fc.array(fc.string()), (given) => {
        expect(words(`gunicorn ${given.map(quoted).join(' ')}`)).toEqual(given);
      }),
    ));

  it('knows the column of each word', () =>
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[\w.:/=-]{1,8}$/)), (given) => {
        const text = `/srv/venv/bin/uwsgi  ${given.join('  ')}`;
        for (const word of readCommandLine(text)?.words ?? [])
          expect(text.slice(word.column - 1, word.column - 1 + word.text.length)).toBe(word.text);
      }),
    ));

  it.each([
    ['gunicorn -w 4 shop.wsgi', 'gunicorn'],
    ['/srv/venv/bin/gunicorn3 shop.wsgi', 'gunicorn'],
    ['python3 -m gunicorn -w 4 shop.wsgi', 'gunicorn'],
    ['/srv/venv/bin/python -m gunicorn.app.wsgiapp shop.wsgi', 'gunicorn'],
    ['WEB_CONCURRENCY=3 exec gunicorn shop.wsgi', 'gunicorn'],
    ['env WEB_CONCURRENCY=3 poetry run gunicorn shop.wsgi', 'gunicorn'],
    ['uwsgi --http :8080', 'uwsgi'],
    ['gunicorn', 'gunicorn'],
  ])('%s starts %s', (text, server) => {
    expect(readCommandLine(text)?.server).toBe(server);
  });

  it.each(['apache2ctl start', 'python3 -m http.server', 'gunicorn.conf.py', 'docs/gunicorn.conf.py', ''])(
    '%j starts neither',
    (text) => {
      expect(readCommandLine(text)).toBeNull();
    },
  );

  it('keeps the assignments in front of it, and reads variables as a shell does', () => {
    expect(readCommandLine('WEB_CONCURRENCY=3 TZ="A B" gunicorn a')?.assigned).toEqual({
      WEB_CONCURRENCY: '3',
      TZ: 'A B',
    });
    const environment = { PORT: '8123', EMPTY: '' };
    expect(
      words(`gunicorn -b 0.0.0.0:$PORT "-n\${NAME:-shop}" '$PORT' \${EMPTY:-2} \\$PORT $(nproc`, environment),
    ).toEqual(['-b', '0.0.0.0:8123', '-nshop', '$PORT', '2', '$PORT', '$']);
  });

  it('ends where the next command begins', () => {
    expect(words('gunicorn a:b & sleep 1')).toEqual(['a:b']);
    expect(words('gunicorn a:b > log 2>&1')).toEqual(['a:b']);
    expect(words('gunicorn a:b # four workers')).toEqual(['a:b']);
    expect(words('gunicorn \\\n  -w 4 \\\n  a:b')).toEqual(['-w', '4', 'a:b']);
  });
});
