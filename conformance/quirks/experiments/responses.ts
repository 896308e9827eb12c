/** {@link file://../../../spec/quirks/response-questions.ts}, put to a server. */
import type { Bench } from '../bench.ts';
import { evidenceOf } from '../evidence.ts';
import type { Experiment, Outcome } from '../experiment.ts';
import { Line } from '../line.ts';

export const responseExperiments: readonly Experiment[] = [
  { question: 'one-block-framing', run: (bench) => framing(bench, 'one_block') },
  { question: 'many-blocks-framing', run: (bench) => framing(bench, 'blocks') },
  {
    question: 'too-few-bytes',
    run: async (bench) => {
      const line = Line.open(bench.port);
      line.send(bench.request('sized 10', { persistent: true }));
      await line.until(() => false, 2_500);
      const isSoon = line.end !== 'still open';
      await line.until(() => false, 12_000);
      line.hangUp();
      const isShort = line.response.status === 200 && /length: 10/i.test(line.seen);
      const answer = isSoon ? 'closed' : line.end === 'still open' ? 'left-open' : 'closed-late';
      return {
        answer: isShort ? answer : 'other',
        evidence: evidenceOf(line, 'waited for 2.5 s, and then for 12 s more'),
      };
    },
  },
  {
    question: 'too-many-bytes',
    run: async (bench) => {
      const line = Line.open(bench.port);
      line.send(bench.request('sized 3', { persistent: true }));
      await line.untilAnswered();
      // What is beyond may come a moment later.
      await line.until(() => line.response.beyond > 0, 500);
      line.hangUp();
      const { status, beyond, body } = line.response;
      const answer = beyond > 0 ? 'all-sent' : status === 200 && body === 'hel' ? 'cut-to-length' : 'other';
      return { answer, evidence: evidenceOf(line) };
    },
  },
  {
    question: 'head-body',
    run: async (bench) => {
      const line = await bench.ask('hello', { method: 'HEAD' });
      await line.until(() => line.seen.includes('hello'), 300);
      return { answer: line.seen.includes('hello') ? 'sent' : 'withheld', evidence: evidenceOf(line) };
    },
  },
  {
    question: 'keep-alive',
    run: async (bench) => {
      const line = Line.open(bench.port);
      line.send(bench.request('hello', { persistent: true }));
      await line.untilAnswered();
      await line.until(() => false, 200);
      const before = line.seen.length;
      if (line.end === 'still open') line.send(bench.request('hello', { persistent: true }));
      const isKept = await line.until(() => line.seen.slice(before).includes('hello'), 2_000);
      line.hangUp();
      const evidence = { ...evidenceOf(line), ended: line.end };
      return { answer: isKept ? 'kept' : 'closed', evidence };
    },
  },
  {
    question: 'own-server-header',
    run: async (bench) => {
      const line = await bench.ask('name_server');
      const servers = line.response.headers.filter(([name]) => name.toLowerCase() === 'server');
      const isKept = servers.some(([, value]) => value === 'of-the-application');
      const answer = servers.length > 1 ? 'twice' : isKept ? 'kept' : 'replaced';
      return { answer, evidence: evidenceOf(line) };
    },
  },
  {
    question: 'file-wrapper',
    run: async (bench) => {
      const line = await bench.ask('show wsgi.file_wrapper');
      return { answer: line.response.body.includes('absent') ? 'absent' : 'present', evidence: evidenceOf(line) };
    },
  },
  { question: 'gone-client', ownServer: { workers: 1 }, run: goneClient },
];

async function framing(bench: Bench, action: string): Promise<Outcome> {
  const line = await bench.ask(action, { persistent: true });
  const answer = { length: 'counted', chunks: 'chunked', close: 'until-close' }[line.response.endsBy];
  return { answer, evidence: evidenceOf(line) };
}

async function goneClient(bench: Bench): Promise<Outcome> {
  const line = Line.open(bench.port);
  line.send(bench.request('never_end'));
  await line.until(() => line.seen.length > 1_000, 4_000);
  line.hangUp();
  await bench.pause(3_500);
  const noted = (await bench.notes()).trim().replaceAll('\n', ', ');
  return {
    answer: noted === 'closed' ? 'soon-closed' : 'not-closed',
    evidence: {
      steps: [
        'asked for blocks of 64 KiB that come every 10 ms for 7 seconds at least',
        'hung up after the first, and waited for 3.5 seconds',
        `the application noted: ${noted || 'nothing'}`,
      ],
      sent: line.sent,
    },
  };
}
