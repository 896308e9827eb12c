import { describe, expect, it } from 'vitest';
import { filesInMemory } from '../source.ts';
import { commonFormat } from './host-logs.ts';
import { readApache } from './read.ts';

const logsOf = (text: string) => {
  const { logs, diagnostics } = readApache({
    file: '/etc/apache2/site.conf',
    text: `ServerRoot /srv\nListen 80\nServerName main\n${text}`,
    source: filesInMemory({}),
    modWsgi: '4.9',
  });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return logs;
};

describe('the logs of a configuration', () => {
  it('are named from ServerRoot, with the format of a nickname wherever that is defined', () => {
    const [main] = logsOf(
      'CustomLog logs/a.log mine\nCustomLog /b.log "%h \\"%r\\""\nCustomLog "|/bin/cat" clf\nLogFormat "%h %D" Mine\nErrorLog logs/e.log\n',
    );
    expect(main).toEqual({
      accessLogs: [
        { target: '/srv/logs/a.log', format: '%h %D' },
        { target: '/b.log', format: '%h "%r"' },
        { target: '|/bin/cat', format: commonFormat },
      ],
      errorLog: '/srv/logs/e.log',
      wsgiLevel: 'warn',
    });
  });

  it('are those of the main server for a virtual host without its own', () => {
    const logs = logsOf(
      'LogFormat "%v" short\nTransferLog main.log\nLogFormat "%U"\nLogLevel info\n<VirtualHost *:80>\nCustomLog own.log short\nLogLevel warn wsgi:debug\n</VirtualHost>\n<VirtualHost *:80>\n</VirtualHost>\n',
    );
    expect(logs.map(({ accessLogs }) => accessLogs)).toEqual([
      [{ target: '/srv/main.log', format: '%U' }],
      [{ target: '/srv/own.log', format: '%v' }],
      [{ target: '/srv/main.log', format: '%U' }],
    ]);
    expect(logs.map(({ wsgiLevel }) => wsgiLevel)).toEqual(['info', 'debug', 'info']);
  });
});
