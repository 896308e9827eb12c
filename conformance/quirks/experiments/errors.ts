/** {@link file://../../../spec/quirks/error-questions.ts}, put to a server. */
import type { Bench } from '../bench.ts';
import { evidenceOf } from '../evidence.ts';
import type { Experiment, Outcome } from '../experiment.ts';
import type { Line } from '../line.ts';

export const errorExperiments: readonly Experiment[] = [
  {
    question: 'error-before-start',
    run: async (bench) => {
      const line = await bench.ask('fail');
      return { answer: failure(line), evidence: evidenceOf(line) };
    },
  },
  {
    question: 'error-after-start',
    run: async (bench) => {
      const line = await bench.ask('start_and_fail');
      const answer = line.response.status === 200 ? 'status-as-started' : failure(line);
      return { answer, evidence: evidenceOf(line) };
    },
  },
  {
    question: 'error-amid-body',
    run: async (bench) => {
      const line = await bench.ask('fail_amid_body', { persistent: true });
      const { status, endsBy, end } = line.response;
      const isWhole = end === 'complete' && (endsBy !== 'close' || line.end === 'closed');
      const answer = status !== 200 ? 'nothing-sent' : isWhole ? 'looks-whole' : 'visibly-cut';
      return { answer, evidence: evidenceOf(line) };
    },
  },
  {
    question: 'never-started',
    run: async (bench) => {
      const line = await bench.ask('never_start');
      const answer = line.seen.includes('hello') ? 'no-status' : failure(line);
      return { answer, evidence: evidenceOf(line) };
    },
  },
  {
    question: 'closed-without-start',
    run: async (bench) => {
      await bench.notes();
      const line = await bench.ask('never_start');
      await bench.pause(400);
      const noted = await bench.notes();
      return {
        answer: noted.includes('closed') ? 'called' : 'not-called',
        evidence: evidenceOf(line, `the application noted: ${noted.trim() || 'nothing'}`),
      };
    },
  },
  {
    question: 'second-start',
    run: async (bench) => {
      const line = await bench.ask('start_twice');
      const answer = { second: 'taken', first: 'first-kept' }[headerOf(line, 'x-start') ?? ''] ?? 'refused';
      return { answer, evidence: evidenceOf(line) };
    },
  },
  { question: 'system-exit', ownServer: { workers: 1 }, run: systemExit },
  { question: 'printed-text', run: (bench) => whereGoes(bench, 'say', 'words-of-print') },
  { question: 'errors-stream', run: (bench) => whereGoes(bench, 'complain', 'words-of-errors') },
];

/** What a client has where there should be an error page. */
function failure(line: Line): string {
  if (line.response.status === 500) return 'status-500';
  return line.seen === '' && line.end !== 'still open' ? 'connection-closed' : 'other';
}

const headerOf = (line: Line, name: string): string | undefined =>
  line.response.headers.find(([given]) => given.toLowerCase() === name)?.[1];

/** More than there are threads in any process that is measured: a thread that is lost shows when no other is left. */
const exits = 3;

async function systemExit(bench: Bench): Promise<Outcome> {
  const before = await bench.pid();
  const line = await bench.ask('leave');
  for (let more = 1; more < exits; more++) await bench.ask('leave', {}, 1_500);
  await bench.pause(300);
  const after = await bench.pidThat((pid) => pid !== null, 6_000);
  const lives = after === null ? 'nobody' : after === before ? 'the same process' : 'another process';
  const silent = line.end === 'still open' ? 'goes-on-open' : 'goes-on-silent';
  const goesOn = line.response.status === 500 ? 'goes-on' : silent;
  const answers = { nobody: 'thread-ends', 'the same process': goesOn, 'another process': 'process-ends' } as const;
  const { hasEnded } = bench.family;
  return {
    answer: hasEnded ? 'server-ends' : answers[lives],
    evidence: evidenceOf(
      line,
      `sent this ${exits} times, and then another request for up to 6 seconds`,
      hasEnded ? 'the server had ended' : `${lives} answered`,
    ),
  };
}

async function whereGoes(bench: Bench, action: string, word: string): Promise<Outcome> {
  const line = await bench.ask(`${action} ${word}`);
  const place = await bench.whereIs(word);
  const answer = place === 'lost' && line.response.status !== 200 ? 'refused' : place;
  return { answer, evidence: evidenceOf(line, `looked for ${word}: ${place}`) };
}
