import { describe, expect, it } from 'vitest';
import type { Mpm } from '../../../spec/deployments/apache.ts';
import { hazardsOf } from './hazards-of.ts';

const text = (...lines: readonly string[]): string =>
  ['Listen 80', 'WSGIDaemonProcess shop threads=2', ...lines, ''].join('\n');
const named = (code: string, ...lines: readonly string[]) =>
  hazardsOf(text(...lines)).filter((hazard) => hazard.code === code);
const daemon = (url: string, script: string, more = ''): string =>
  `WSGIScriptAlias ${url} ${script} process-group=shop${more}`;
const embedded = (url: string, script: string): string => `WSGIScriptAlias ${url} ${script} process-group=%{GLOBAL}`;

describe('reloading', () => {
  it('is off where the directive says so, and the place is the directive', () => {
    expect(named('HAZ061', 'WSGIScriptReloading Off', daemon('/', '/srv/a.wsgi'))).toMatchObject([{ line: 3 }]);
    expect(named('HAZ061', daemon('/', '/srv/a.wsgi'))).toEqual([]);
  });

  it('of a daemon process cuts off other requests after shutdown-timeout', () => {
    expect(named('HAZ062', daemon('/', '/srv/a.wsgi'))).toMatchObject([{ message: expect.stringContaining('5 s') }]);
    expect(named('HAZ062', embedded('/', '/srv/a.wsgi'))).toEqual([]);
    expect(named('HAZ062', 'WSGIScriptReloading Off', daemon('/', '/srv/a.wsgi'))).toEqual([]);
  });

  it('ends the neighbours in the process, and a first import stalls them', () => {
    const two = [daemon('/a', '/srv/a.wsgi'), daemon('/b', '/srv/b.wsgi')];
    expect(named('HAZ063', ...two)).toMatchObject([
      { line: 2, message: expect.stringContaining('/srv/a.wsgi and /srv/b.wsgi') },
    ]);
    expect(named('HAZ064', ...two)).toMatchObject([{ line: 2 }]);
    const apart = [daemon('/a', '/srv/a.wsgi'), embedded('/b', '/srv/b.wsgi')];
    expect(named('HAZ063', ...apart)).toEqual([]);
    expect(named('HAZ064', ...apart)).toEqual([]);
    const loaded = [
      daemon('/a', '/srv/a.wsgi', ' application-group=a'),
      daemon('/b', '/srv/b.wsgi', ' application-group=b'),
    ];
    expect(named('HAZ064', ...loaded)).toEqual([]);
  });

  it('of an embedded script keeps the modules it imported', () => {
    expect(named('HAZ065', embedded('/', '/srv/a.wsgi'))).toMatchObject([{ line: 3, severity: 'info' }]);
    expect(named('HAZ065', daemon('/', '/srv/a.wsgi'))).toEqual([]);
  });
});

describe('a script that sends itself a signal', () => {
  const interrupting = `import os, signal

def application(environ, start_response):
    os.kill(os.getpid(), signal.SIGINT)
`;
  const found = (script: string, alias: string, mpm: Mpm = 'event') =>
    hazardsOf(text(alias), { mpm, scripts: { '/srv/a.wsgi': script } }).filter((hazard) => hazard.code === 'HAZ071');

  it('reloads nothing when it runs embedded, and the place is the line of the script', () => {
    expect(found(interrupting, embedded('/', '/srv/a.wsgi'))).toMatchObject([
      {
        file: '/srv/a.wsgi',
        line: 4,
        column: 5,
        severity: 'warning',
        message: expect.stringContaining('ignore SIGINT'),
      },
    ]);
    expect(found(interrupting, daemon('/', '/srv/a.wsgi'))).toEqual([]);
  });

  it('is found however it is spelled, and not in a comment', () => {
    for (const call of [
      'kill( os.getpid( ), SIGINT )',
      'signal.raise_signal(signal.SIGINT)',
      'os.kill(getpid(), signal.Signals.SIGINT)',
    ])
      expect(found(`if True: ${call}\n`, embedded('/', '/srv/a.wsgi'))).toHaveLength(1);
    expect(found('# os.kill(os.getpid(), signal.SIGINT)\n', embedded('/', '/srv/a.wsgi'))).toEqual([]);
    expect(found('os.kill(child, signal.SIGINT)\n', embedded('/', '/srv/a.wsgi'))).toEqual([]);
  });

  it('ends a prefork child when the signal is SIGTERM, and no other', () => {
    const terminating = interrupting.replace('SIGINT', 'SIGTERM');
    for (const [mpm, says] of [
      ['prefork', 'ends the child'],
      ['worker', 'ignore SIGTERM'],
      ['event', 'ignore SIGTERM'],
    ] as const)
      expect(found(terminating, embedded('/', '/srv/a.wsgi'), mpm)).toMatchObject([
        { message: expect.stringContaining(says) },
      ]);
  });

  it('is left alone when it looks at its process group first, or cannot be read', () => {
    const careful = interrupting.replace('    os.kill', "    if environ['mod_wsgi.process_group']: os.kill");
    expect(found(careful, embedded('/', '/srv/a.wsgi'))).toEqual([]);
    expect(hazardsOf(text(embedded('/', '/srv/a.wsgi'))).map((hazard) => hazard.code)).not.toContain('HAZ071');
  });
});
