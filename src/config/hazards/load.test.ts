import { describe, expect, it } from 'vitest';
import { hazardsOf, type TextSetting } from './hazards-of.ts';

const named = (code: string, text: string, setting?: TextSetting) =>
  hazardsOf(text, setting).filter((hazard) => hazard.code === code);
const group = (options: string, ...more: readonly string[]): string =>
  [
    'Listen 80',
    `WSGIDaemonProcess shop ${options}`,
    'WSGIScriptAlias / /srv/a.wsgi process-group=shop',
    ...more,
    '',
  ].join('\n');
const embedded = 'Listen 80\nWSGIScriptAlias / /srv/a.wsgi\n';

describe('threads and processes', () => {
  it('an embedded application under a threaded MPM must be thread-safe', () => {
    expect(named('HAZ031', embedded, { mpm: 'worker' })).toMatchObject([
      { line: 2, severity: 'warning', message: expect.stringContaining('25 requests at once') },
    ]);
    expect(named('HAZ031', embedded, { mpm: 'prefork' })).toEqual([]);
    expect(named('HAZ031', group('threads=25'), { mpm: 'worker' })).toEqual([]);
  });

  it('the only child that there may be has company at a graceful restart', () => {
    const pool = (limit: number): string => `${embedded}ServerLimit ${limit}\nThreadsPerChild 2\nMaxRequestWorkers 2\n`;
    expect(named('HAZ004', pool(2), { mpm: 'event' })).toMatchObject([{ line: 5, severity: 'info' }]);
    expect(named('HAZ004', pool(1), { mpm: 'worker' })).toHaveLength(1);
    expect(named('HAZ004', pool(1), { mpm: 'event' })).toEqual([]);
    expect(named('HAZ004', `${embedded}ServerLimit 1\nMaxRequestWorkers 1\n`, { mpm: 'prefork' })).toEqual([]);
    expect(named('HAZ004', embedded, { mpm: 'event' })).toEqual([]);
  });

  it('a group that says nothing is one process with fifteen threads', () => {
    expect(named('HAZ032', group(''))).toMatchObject([{ line: 2, severity: 'info' }]);
    expect(named('HAZ032', group('processes=2'))).toEqual([]);
    expect(named('HAZ032', group('threads=5'))).toEqual([]);
  });

  it('64 threads in one process take turns', () => {
    expect(named('HAZ033', group('processes=2 threads=64'))).toMatchObject([
      { line: 2, column: 36, message: expect.stringContaining('2 processors') },
    ]);
    expect(named('HAZ033', group('processes=2 threads=15'))).toEqual([]);
  });

  it('daemon threads beyond MaxRequestWorkers have nothing to do', () => {
    expect(named('HAZ034', group('processes=30 threads=15'))).toMatchObject([
      { message: expect.stringMatching(/450 threads.*at most 400 requests/) },
    ]);
    expect(named('HAZ034', group('processes=20 threads=15'))).toEqual([]);
  });

  it('start-up work runs once in each process and interpreter', () => {
    const two = group('processes=3 threads=1', 'WSGIScriptAlias /b /srv/a.wsgi').replace(' / /', ' /a /');
    expect(named('HAZ081', group('processes=3 threads=1'))).toMatchObject([
      { line: 3, message: expect.stringContaining('up to 3 times') },
    ]);
    expect(named('HAZ081', two, { mpm: 'prefork' })).toMatchObject([
      { line: 3, message: expect.stringContaining('up to 259 times (2 interpreters') },
    ]);
    expect(named('HAZ081', group('threads=1'))).toEqual([]);
  });

  it('a display-name beyond the name of the program is cut', () => {
    const text = (name: string): string => group('display-name=%{GROUP}').replaceAll('shop', name);
    expect(named('HAZ091', text('customer-shop'))).toMatchObject([
      { line: 2, message: expect.stringContaining("'(wsgi:customer-sh'") },
    ]);
    expect(named('HAZ091', text('ten-letter'))).toEqual([]);
    expect(named('HAZ091', text('eleven-char'))).toHaveLength(1);
  });
});

describe('what ends a process', () => {
  it('deadlock-timeout=0 takes the other timers with it, unless inactivity-timeout keeps them running', () => {
    expect(named('HAZ051', group('restart-interval=60 request-timeout=30 deadlock-timeout=0'))).toMatchObject([
      { line: 2, severity: 'warning', message: expect.stringContaining('restart-interval=60 and request-timeout=30') },
    ]);
    expect(named('HAZ051', group('deadlock-timeout=0'))).toMatchObject([{ severity: 'info' }]);
    expect(named('HAZ051', group('restart-interval=60 deadlock-timeout=0 inactivity-timeout=9'))).toEqual([]);
    expect(named('HAZ051', group('restart-interval=60'))).toEqual([]);
  });

  it('maximum-requests with several threads may never be acted on', () => {
    expect(named('HAZ052', group('maximum-requests=100'))).toMatchObject([{ line: 2, severity: 'info' }]);
    expect(named('HAZ052', group('threads=1 maximum-requests=100'))).toEqual([]);
    expect(named('HAZ052', group('graceful-timeout=0 maximum-requests=100'))).toEqual([]);
  });

  it('MaxConnectionsPerChild counts connections, and 1 is not one request', () => {
    const one = `MaxConnectionsPerChild 1\n${embedded}`;
    expect(named('HAZ053', one)).toMatchObject([{ line: 1, severity: 'warning' }]);
    expect(named('HAZ053', one.replace('1\n', '1000\n'))).toMatchObject([{ severity: 'info' }]);
    expect(named('HAZ053', `MaxConnectionsPerChild 1\n${group('')}`)).toEqual([]);
    expect(named('HAZ053', embedded)).toEqual([]);
  });

  it('a restart of Apache leaves three seconds', () => {
    expect(named('HAZ054', group('shutdown-timeout=30'))).toMatchObject([{ line: 2, column: 24 }]);
    expect(named('HAZ054', group('shutdown-timeout=2'))).toEqual([]);
    expect(named('HAZ054', embedded)).toEqual([]);
  });

  it('a child that ran a sub-interpreter never goes, but under prefork, and where nothing has it end one', () => {
    expect(named('HAZ059', `ServerLimit 3\n${embedded}`, { mpm: 'worker' })).toMatchObject([
      { line: 3, severity: 'warning', message: expect.stringContaining('ServerLimit 3') },
    ]);
    for (const spared of ['WSGIApplicationGroup %{GLOBAL}', 'WSGIDestroyInterpreter Off'])
      expect(named('HAZ059', `${spared}\n${embedded}`, { mpm: 'event' })).toEqual([]);
    expect(named('HAZ059', embedded, { mpm: 'prefork' })).toEqual([]);
    expect(named('HAZ059', embedded, { mpm: 'event', modWsgi: '6' })).toEqual([]);
    expect(named('HAZ059', group(''), { mpm: 'event' })).toEqual([]);
  });

  it('request-timeout is stretched by the number of threads, by each release in its way', () => {
    const text = group('threads=15 request-timeout=60');
    expect(named('HAZ055', text)).toMatchObject([{ line: 2, message: expect.stringContaining('after 900 s') }]);
    expect(named('HAZ055', text, { modWsgi: '6' })).toMatchObject([
      { message: expect.stringContaining('after 222 s') },
    ]);
    expect(named('HAZ055', group('threads=1 request-timeout=60'))).toEqual([]);
    expect(named('HAZ055', group('threads=15 request-timeout=60 deadlock-timeout=0'))).toEqual([]);
  });

  it('inactivity-timeout, startup-timeout and cpu-time-limit have their own surprises', () => {
    expect(named('HAZ056', group('inactivity-timeout=60'))).toHaveLength(1);
    expect(named('HAZ056', group(''))).toEqual([]);
    expect(
      named(
        'HAZ057',
        group('startup-timeout=9').replace('process-group=shop', 'process-group=shop application-group=one'),
      ),
    ).toMatchObject([{ line: 2 }]);
    expect(named('HAZ057', group('startup-timeout=9'))).toEqual([]);
    expect(named('HAZ058', group('cpu-time-limit=60 graceful-timeout=0'))).toMatchObject([{ severity: 'warning' }]);
    expect(named('HAZ058', group('cpu-time-limit=60'))).toEqual([]);
  });
});
