import { describe, expect, it } from 'vitest';
import type { Mpm } from '../../../../spec/deployments/apache.ts';
import { filesInMemory } from '../../source.ts';
import { readApache } from '../read.ts';

const said = (text: string, mpm: Mpm = 'prefork'): readonly string[] =>
  readApache({
    mpm,
    file: 'a.conf',
    text: `Listen 80\nServerName a.example\n${text}\n`,
    source: filesInMemory({}),
    modWsgi: '4.9',
  })
    .diagnostics.filter(({ code }) => code === 'CFG049')
    .map(({ severity, line, message }) => `${severity} ${line}: ${message}`);

describe('a directive that nothing here carries out', () => {
  it.each([
    'WSGIErrorOverride On',
    'WSGITrustedProxies 10.0.0.1',
    'WSGITrustedProxyHeaders X-Forwarded-For',
    'ErrorLogFormat "%t %M"',
    'SetHandler wsgi-script',
    'AddHandler wsgi-script .wsgi .py',
  ])('is said to be left aside: %s', (line) => {
    expect(said(line)).toEqual([expect.stringContaining(`info 3: ${line.split(' ')[0]} has no effect here: `)]);
  });

  it.each(['WSGIErrorOverride Off', 'SetHandler server-status', 'AddHandler cgi-script .cgi'])(
    'is passed over where it asks for nothing: %s',
    (line) => expect(said(line)).toEqual([]),
  );

  it('is said to be left aside in a virtual host, where the main server alone has a say', () => {
    const lines = ['KeepAlive Off', 'KeepAliveTimeout 9', 'MaxKeepAliveRequests 3'];
    expect(said(lines.join('\n'))).toEqual([]);
    expect(said(`<VirtualHost *:80>\n${lines.join('\n')}\n</VirtualHost>`)).toEqual(
      lines.map((line, index) =>
        expect.stringContaining(`info ${4 + index}: ${line.split(' ')[0]} has no effect here in a virtual host: `),
      ),
    );
  });

  it('is said to be left aside under event: AsyncRequestWorkerFactor', () => {
    expect(said('AsyncRequestWorkerFactor 1.5', 'event')).toEqual([
      expect.stringContaining('info 3: AsyncRequestWorkerFactor has no effect here: '),
    ]);
  });
});
