import { describe, expect, it } from 'vitest';
import { combinedFormat } from '../../config/apache/host-logs.ts';
import { type AccessEntry, accessFormat } from './access-format.ts';
import { clfTime, errorTime, strftime } from './log-time.ts';

const headers: Readonly<Record<string, string>> = {
  'user-agent': 'curl/8.0 "quoted"',
  cookie: 'a=1; session=x=y; b=2',
  'x-bytes': 'caf\u00e9\u0001',
};
const request: AccessEntry = {
  clientAddress: '192.0.2.7',
  clientPort: 50123,
  localAddress: '127.0.0.1',
  localPort: 8080,
  port: 80,
  serverName: 'shop.example',
  method: 'GET',
  target: '/cart%20x?a=1&b="',
  protocol: 'HTTP/1.1',
  status: 200,
  bytes: 512,
  began: Date.UTC(2026, 10, 21, 10, 0, 0, 123),
  took: 2345.678,
  isAborted: false,
  keepsAlive: true,
  script: '/srv/shop.wsgi',
  pid: 42,
  requestHeader: (name) => headers[name],
  responseHeader: (name) => (name === 'set-cookie' ? 'a=1, b=2' : undefined),
};
const line = (format: string, changes: Partial<AccessEntry> = {}): string =>
  accessFormat(format)({ ...request, ...changes });

describe('a format of an access log', () => {
  it.each([
    ['%h %l %u', '192.0.2.7 - -'],
    ['"%r" %>s %<s %s', '"GET /cart%20x?a=1&b=\\" HTTP/1.1" 200 200 200'],
    ['%b %B', '512 512'],
    ['%U|%q|%m|%H', '/cart x|?a=1&b=\\"|GET|HTTP/1.1'],
    ['%p %{canonical}p %{local}p %{remote}p', '80 80 8080 50123'],
    ['%v %V %f %R %P', 'shop.example shop.example /srv/shop.wsgi wsgi-script 42'],
    ['%D %T %{ms}T %{us}T %{s}T', '2345678 2 2345 2345678 2'],
    ['%{User-Agent}i|%{Referer}i|%{Set-Cookie}o|%{X-No}o', 'curl/8.0 \\"quoted\\"|-|a=1, b=2|-'],
    ['%{X-Bytes}i', 'caf\\xe9\\x01'],
    ['%{session}C %{no}C', 'x=y -'],
    ['%X%%', '+%'],
    ['%{sec}t %{msec}t %{msec_frac}t %{end:sec}t', '1795255200 1795255200123 123 1795255202'],
    ['%400,501{User-agent}i %!200{User-agent}i %200{session}C', '- - x=y'],
    ['a\\tb\\\\c\\n%s', 'a\tb\\c\n200'],
    ['%{VAR}e %{note}n %L %k %{Foobar}^ti %S', '- - - - - -'],
    ['50% of', '50-of'],
    ['at the end %', 'at the end %'],
  ])('writes %s', (format, expected) => expect(line(format)).toBe(`${expected}\n`));

  it('writes no bytes as a dash where Apache does, and a cut connection as X', () => {
    expect(line('%b %B %X', { bytes: 0, isAborted: true })).toBe('- 0 X\n');
  });

  it('writes the time of each request, also of many in one second and of one that began earlier', () => {
    const format = accessFormat('%t');
    const at = (began: number): string => format({ ...request, began });
    const [first, same, earlier, again] = [0, 500, -1000, 0].map((later) => at(request.began - 123 + later));
    expect(same).toBe(first);
    expect(again).toBe(first);
    expect(earlier).toMatch(/:59:59 /);
  });

  it('writes combined lines in the time of the place', () => {
    const began = request.began;
    const offset = -new Date(began).getTimezoneOffset();
    expect(line(combinedFormat)).toBe(
      `192.0.2.7 - - ${clfTime({ epoch: began, offset })} "GET /cart%20x?a=1&b=\\" HTTP/1.1" 200 512 "-" "curl/8.0 \\"quoted\\""\n`,
    );
  });
});

describe('the times of logs', () => {
  const epoch = Date.UTC(2026, 10, 1, 3, 4, 5) + 123.456;
  it('are those of the place, whichever side of midnight it is there', () => {
    expect(clfTime({ epoch, offset: 0 })).toBe('[01/Nov/2026:03:04:05 +0000]');
    expect(clfTime({ epoch, offset: -240 })).toBe('[31/Oct/2026:23:04:05 -0400]');
    expect(clfTime({ epoch, offset: 345 })).toBe('[01/Nov/2026:08:49:05 +0545]');
  });

  it('have microseconds in the error log', () => {
    expect(errorTime({ epoch: Date.UTC(2026, 10, 21, 10, 0, 0) + 0.125, offset: 0 })).toBe(
      'Sat Nov 21 10:00:00.000125 2026',
    );
  });

  it('are written as C does', () => {
    expect(strftime('%F %T %j %y %e %I%p %% %Q', { epoch, offset: 0 })).toBe('2026-11-01 03:04:05 305 26  1 03AM % %Q');
  });
});
