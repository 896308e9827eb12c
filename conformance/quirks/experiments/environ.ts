/** {@link file://../../../spec/quirks/environ-questions.ts}, put to a server. */
import { hostname } from 'node:os';
import type { Bench } from '../bench.ts';
import type { Experiment, Outcome } from '../experiment.ts';
import { environmentMark } from '../stand.ts';
import { told } from './requests.ts';

export const environExperiments: readonly Experiment[] = [
  { question: 'encoded-slash', run: (bench) => path(bench, '/a%2Fb', { '/a/b': 'decoded', '/a%2Fb': 'kept' }) },
  { question: 'double-slash', run: (bench) => path(bench, '/a//b', { '/a//b': 'kept', '/a/b': 'merged' }) },
  { question: 'dot-segments', run: (bench) => path(bench, '/a/../b', { '/a/../b': 'kept', '/b': 'resolved' }) },
  { question: 'null-byte', run: (bench) => path(bench, '/a%00b', { '/a\\x00b': 'decoded', '/a': 'cut' }) },
  { question: 'server-name', run: (bench) => value(bench, 'SERVER_NAME', {}, serverName) },
  {
    question: 'server-port',
    run: (bench) =>
      value(bench, 'SERVER_PORT', {}, (port) =>
        port === `${bench.port}` ? 'own' : port === '1234' ? 'host-header' : 'other',
      ),
  },
  { question: 'remote-port', run: (bench) => value(bench, 'REMOTE_PORT', { absent: 'absent' }, () => 'present') },
  {
    question: 'no-content-type',
    run: (bench) => value(bench, 'CONTENT_TYPE', absence, (type) => (type === 'text/plain' ? 'invented' : type)),
  },
  { question: 'no-content-length', run: (bench) => value(bench, 'CONTENT_LENGTH', { ...absence, '0': 'zero' }) },
  { question: 'no-query', run: (bench) => value(bench, 'QUERY_STRING', absence) },
  {
    question: 'process-environment',
    run: (bench) => value(bench, environmentMark, { absent: 'left-out' }, () => 'included'),
  },
];

const absence = { absent: 'absent', '': 'empty' } as const;

function path(bench: Bench, target: string, answers: Readonly<Record<string, string>>): Promise<Outcome> {
  return told(bench, 'show PATH_INFO', { target }, (body) => {
    const [, seen = ''] = /PATH_INFO = '(.*)'/.exec(body) ?? [];
    return answers[seen] ?? 'other';
  });
}

/** What one variable is for a request to shop.example:1234. @param answers - By its value; `absent` where there is none. */
function value(
  bench: Bench,
  name: string,
  answers: Readonly<Record<string, string>>,
  otherwise: (value: string) => string = (seen) => seen,
): Promise<Outcome> {
  return told(bench, `show ${name}`, { host: 'shop.example:1234' }, (body) => {
    const [, seen = 'absent'] = / = '(.*)'/.exec(body) ?? [];
    return answers[seen] ?? otherwise(seen);
  });
}

function serverName(seen: string): string {
  const names: Readonly<Record<string, string>> = {
    'shop.example': 'host-header',
    'shop.example:1234': 'host-header',
    '127.0.0.1': 'address',
    localhost: 'localhost',
    'configured.example': 'configured',
    '': 'empty',
  };
  if (/waitress|cheroot/i.test(seen)) return 'software';
  return names[seen] ?? (seen.startsWith(hostname()) ? 'machine' : 'other');
}
