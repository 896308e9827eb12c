/** The configuration by which Apache with mod_wsgi, and the gateway in its place, run the application of the measurement. */
import { applicationModule } from '../application.ts';

export interface ApacheText {
  readonly mpm: 'event' | 'prefork';
  readonly isDaemon: boolean;
  readonly folder: string;
  readonly port: number;
  readonly workers: number;
}

/** Only what says how the application is run. */
export function apacheText({ mpm, isDaemon, folder, port, workers }: ApacheText): string {
  // One child and never another where one process is wanted; else as many more as a restart may need for a while.
  const isAlone = !isDaemon && workers === 1;
  const start = isDaemon ? 2 : workers;
  const limit = isAlone ? 1 : 4 * start;
  const threads = mpm === 'event' ? 5 : 1;
  // One process is what a group has that says nothing.
  const processes = workers === 1 ? '' : ` processes=${workers}`;
  return [
    `Listen 127.0.0.1:${port}`,
    'ServerName configured.example',
    `StartServers ${start}`,
    `ServerLimit ${limit}`,
    ...(mpm === 'event' ? [`ThreadsPerChild ${threads}`, 'MinSpareThreads 1', 'MaxSpareThreads 40'] : []),
    `MaxRequestWorkers ${limit * threads}`,
    ...(isDaemon ? [`WSGIDaemonProcess shop${processes} threads=1`] : []),
    `WSGIScriptAlias / ${folder}/${applicationModule}.py${isDaemon ? ' process-group=shop application-group=%{GLOBAL}' : ''}`,
    `<Directory ${folder}>`,
    '  Require all granted',
    '</Directory>',
    '',
  ].join('\n');
}
