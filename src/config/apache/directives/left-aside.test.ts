import { describe, expect, it } from 'vitest';
import { filesInMemory } from '../../source.ts';
import { readApache } from '../read.ts';

const said = (text: string): readonly string[] =>
  readApache({
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
});
