/** {@link file://../../../spec/quirks/request-questions.ts}, put to a server. */
import type { Asked, Bench } from '../bench.ts';
import { evidenceOf } from '../evidence.ts';
import type { Experiment, Outcome } from '../experiment.ts';
import { Line } from '../line.ts';

export const requestExperiments: readonly Experiment[] = [
  { question: 'chunked-body', run: chunkedBody },
  {
    question: 'both-lengths',
    run: (bench) =>
      told(
        bench,
        'read_counted',
        {
          method: 'POST',
          headers: ['Content-Length: 4', 'Transfer-Encoding: chunked'],
          body: '5\r\nhello\r\n0\r\n\r\n',
        },
        (body) => (/= b'hell/.test(body) ? 'chunks-count' : body.includes("b'5\\r\\n") ? 'length-counts' : 'other'),
      ),
  },
  {
    question: 'two-lengths',
    run: (bench) =>
      told(
        bench,
        'read_counted',
        { method: 'POST', headers: ['Content-Length: 3', 'Content-Length: 5'], body: 'hello' },
        (body) => (body.includes("= b'hello'") ? 'last' : body.includes("= b'hel'") ? 'first' : 'other'),
      ),
  },
  {
    question: 'unsized-read',
    run: async (bench) => {
      const line = await bench.ask(
        'read',
        { method: 'POST', headers: ['Content-Length: 3'], body: 'abc', persistent: true },
        2_500,
      );
      return { answer: line.response.body.includes("b'abc'") ? 'the-body' : 'waits', evidence: evidenceOf(line) };
    },
  },
  { question: 'expect-continue', run: expectContinue },
  {
    question: 'underscored-header',
    run: (bench) =>
      told(
        bench,
        'show HTTP_X_NAME HTTP_X_ONLY',
        { headers: ['X-Name: hyphen', 'X_Name: underscore', 'X_Only: underscore'] },
        (body) => {
          const [, value = ''] = /HTTP_X_NAME = '(.*)'/.exec(body) ?? [];
          if (value.includes('hyphen') && value.includes('underscore')) return 'joined';
          if (value === 'underscore') return 'wins';
          return body.includes('HTTP_X_ONLY is absent') ? 'dropped' : 'loses';
        },
      ),
  },
  {
    question: 'repeated-header',
    run: (bench) =>
      told(bench, 'show HTTP_X_TWICE', { headers: ['X-Twice: one', 'X-Twice: two'] }, (body) => {
        const [, value = ''] = /= '(.*)'/.exec(body) ?? [];
        return (
          { 'one,two': 'joined-comma', 'one, two': 'joined-comma-space', one: 'first', two: 'last' }[value] ?? value
        );
      }),
  },
  {
    question: 'proxy-header',
    run: (bench) =>
      told(bench, 'show HTTP_PROXY', { headers: ['Proxy: http://proxy.example/'] }, (body) =>
        body.includes('absent') ? 'dropped' : 'passed',
      ),
  },
  {
    question: 'forwarded-scheme',
    run: (bench) =>
      told(bench, 'show wsgi.url_scheme', { headers: ['X-Forwarded-Proto: https'] }, (body) =>
        body.includes("'https'") ? 'trusted' : 'ignored',
      ),
  },
  { question: 'long-target', run: (bench) => big(bench, { target: `/?${'a'.repeat(6_000)}` }) },
  { question: 'fat-cookie', run: (bench) => big(bench, { headers: [`Cookie: a=${'b'.repeat(9_000)}`] }) },
  { question: 'missing-host', run: (bench) => told(bench, 'hello', { host: null }, () => 'served') },
  {
    question: 'absolute-target',
    run: (bench) =>
      told(bench, 'show PATH_INFO SCRIPT_NAME', { target: 'http://other.example/page' }, (body) =>
        body.includes("PATH_INFO = '/page'") ? 'path' : body.includes('other.example') ? 'whole' : 'other',
      ),
  },
];

/** Asks, and reads the answer from what the application said; `refused` where it was not asked, or had no chance. */
export async function told(
  bench: Bench,
  action: string,
  asked: Asked,
  read: (body: string) => string,
): Promise<Outcome> {
  const line = await bench.ask(action, asked);
  const { status, body } = line.response;
  return { answer: status === 200 ? read(body) : 'refused', evidence: evidenceOf(line) };
}

async function big(bench: Bench, asked: Asked): Promise<Outcome> {
  const line = await bench.ask('hello', asked);
  const { status } = line.response;
  const answer = status === 200 ? 'served' : status === null ? 'connection-closed' : 'refused';
  return { answer, evidence: evidenceOf(line) };
}

async function chunkedBody(bench: Bench): Promise<Outcome> {
  const asked = {
    method: 'POST',
    headers: ['Transfer-Encoding: chunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
    persistent: true,
  };
  const line = await bench.ask('read', asked, 2_500);
  const { status, body } = line.response;
  const answer = (): string => {
    if (status === null && line.end === 'still open') return 'waits';
    if (status !== 200) return 'refused';
    if (body.includes("= b''")) return 'empty';
    if (!body.includes("= b'hello'")) return 'raw';
    if (body.includes('wsgi.input_terminated = True')) return 'terminated';
    return body.includes("CONTENT_LENGTH = '5'") ? 'counted' : 'unmarked';
  };
  return { answer: answer(), evidence: evidenceOf(line) };
}

/** How long the application waits before it reads, in seconds; who answers within two thirds of that did not wait for it. */
const beforeReading = 1.5;

async function expectContinue(bench: Bench): Promise<Outcome> {
  const line = Line.open(bench.port);
  const headers = ['Content-Length: 3', 'Expect: 100-continue'];
  line.send(bench.request(`read_counted ${beforeReading}`, { method: 'POST', headers, persistent: true }));
  const isEarly = await line.until(() => line.hasContinued, (beforeReading * 2_000) / 3);
  const isTold = await line.until(() => line.hasContinued, 2_500);
  const isRefused = !isTold && line.seen !== '';
  if (!isRefused) line.send('abc');
  await line.untilAnswered();
  line.hangUp();
  const answer = isRefused ? 'refused' : isEarly ? 'at-once' : isTold ? 'when-read' : 'never';
  return {
    answer,
    evidence: evidenceOf(
      line,
      `the application waits for ${beforeReading} s before it reads`,
      ...(isRefused ? [] : ['the body abc was sent when 100 came, or after 3.5 s']),
    ),
  };
}
