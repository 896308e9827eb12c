import { describe, expect, it } from 'vitest';
import { hazardsOf } from './hazards-of.ts';

const text = (...lines: readonly string[]): string =>
  ['Listen 80', 'ServerName example.org', 'WSGIDaemonProcess shop', ...lines, ''].join('\n');
const sub = 'WSGIScriptAlias /sub /srv/other.wsgi process-group=shop';
const forks = '/srv/forks.wsgi process-group=shop';
const main = `WSGIScriptAlias /main ${forks} application-group=%{GLOBAL}`;
const forking = `import os

def application(environ, start_response):
    if os.fork() == 0: os._exit(0)
`;
const found = (script: string, ...lines: readonly string[]) =>
  hazardsOf(text(...lines), { scripts: { '/srv/forks.wsgi': script } }).filter(({ code }) => code === 'HAZ072');

describe('a script that forks', () => {
  it('has no child in a sub-interpreter, and the place is the line of the script', () => {
    expect(found(forking, `WSGIScriptAlias / ${forks}`)).toMatchObject([
      { file: '/srv/forks.wsgi', line: 4, column: 8, message: expect.stringContaining('ends at once') },
    ]);
  });

  it('has one in the main interpreter, unless others are in the process', () => {
    expect(found(forking, main)).toEqual([]);
    expect(found(forking, main, sub)).toMatchObject([{ message: expect.stringContaining('for /sub') }]);
    expect(found(forking, main, sub.replace('process-group=shop', 'process-group=%{GLOBAL}'))).toEqual([]);
  });

  it('is found however it is spelled, and not in a comment or where a program is started', () => {
    for (const call of ['pid, fd = pty.fork()', 'multiprocessing.Pool(4)', 'with ProcessPoolExecutor() as pool: pass'])
      expect(found(`${call}\n`, `WSGIScriptAlias / ${forks}`), call).toHaveLength(1);
    for (const call of ['# os.fork()', 'subprocess.run(["true"])', 'forks()'])
      expect(found(`${call}\n`, `WSGIScriptAlias / ${forks}`), call).toEqual([]);
  });
});
