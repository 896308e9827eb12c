/** {@link file://../../../spec/quirks/process-questions.ts}, put to a server. */
import { canSeeProcesses, markOf } from '../../../src/probe/process-mark.ts';
import type { Bench } from '../bench.ts';
import { evidenceOf } from '../evidence.ts';
import type { Experiment, Outcome } from '../experiment.ts';
import { Line } from '../line.ts';

export const processExperiments: readonly Experiment[] = [
  { question: 'multiprocess-alone', ownServer: { workers: 1 }, run: (bench) => flag(bench, 'wsgi.multiprocess') },
  {
    question: 'multithread-alone',
    ownServer: { workers: 1 },
    run: async (bench) => {
      const { answer, evidence } = await flag(bench, 'wsgi.multithread');
      return { answer: bench.found.hasOneThread ? answer : 'more-threads', evidence };
    },
  },
  { question: 'killed-worker', ownServer: { workers: 1 }, run: (bench) => struck(bench, 'SIGKILL') },
  { question: 'told-worker', ownServer: { workers: 1 }, run: (bench) => struck(bench, 'SIGTERM') },
  { question: 'background-thread', ownServer: { workers: 1 }, run: backgroundThread },
  { question: 'stop-amid-request', ownServer: { workers: 1 }, run: stopAmidRequest },
  { question: 'reload-amid-request', ownServer: { workers: 2 }, run: reloadAmidRequest },
  { question: 'requests-amid-reload', ownServer: { workers: 2 }, run: requestsAmidReload },
];

async function flag(bench: Bench, name: string): Promise<Outcome> {
  const line = await bench.ask(`show ${name}`);
  const isTrue = /= (True|1)\n/.test(line.response.body);
  return { answer: isTrue ? 'true' : 'false', evidence: evidenceOf(line) };
}

/** A signal to the only process that runs the application. */
async function struck(bench: Bench, signal: 'SIGKILL' | 'SIGTERM'): Promise<Outcome> {
  const before = await bench.pid();
  if (before === null) throw new Error('nobody answers');
  const sent = `sent ${signal} to the process that had answered`;
  if (before === bench.family.pid)
    return { answer: 'is-the-server', evidence: { steps: ['the process that answered is the one that was started'] } };
  process.kill(before, signal);
  await bench.pause(signal === 'SIGTERM' ? 1_500 : 100);
  const after = await bench.pidThat((pid) => pid !== null && (signal === 'SIGTERM' || pid !== before), 12_000);
  const answer = after === null ? 'not-replaced' : after === before ? 'stays' : 'replaced';
  const words = {
    'not-replaced': 'nobody answered',
    stays: 'the same process answered',
    replaced: 'another process answered',
  };
  return { answer, evidence: { steps: [sent, `asked again for up to 12 seconds: ${words[answer]}`] } };
}

/**
 * A thread that a request starts, and that has a second to go when its process is told to end. Whether a process is there only
 * Linux shows.
 */
async function backgroundThread(bench: Bench): Promise<Outcome> {
  if (!canSeeProcesses) throw new Error('this machine does not show its processes');
  await bench.notes();
  const line = await bench.ask('start_thread 1');
  const [pid, began] = [Number(line.response.body), performance.now()];
  if (line.response.status !== 200 || !(pid > 0)) throw new Error('nobody answers');
  const mark = markOf(pid);
  // A child of prefork leaves from its signal handler, wherever it is: the request is over by then.
  await bench.pause(200);
  process.kill(pid, 'SIGTERM');
  while (markOf(pid) === mark && performance.now() - began < 10_000) await bench.pause(50);
  const answer = /thread done/.test(await bench.notes()) ? 'finishes' : 'dropped';
  const hasEnded = markOf(pid) !== mark;
  return {
    answer: hasEnded ? answer : 'stays',
    evidence: evidenceOf(
      line,
      'sent SIGTERM to the process that had answered',
      hasEnded
        ? `it ended, and the thread had ${answer === 'finishes' ? '' : 'not '}done its work by then`
        : 'it had not ended 10 seconds later',
    ),
  };
}

/** A request that runs for 1.5 s, and has run for a while. */
async function running(bench: Bench): Promise<Line> {
  const line = Line.open(bench.port);
  line.send(bench.request('sleep 1.5'));
  await bench.pause(500);
  return line;
}

async function stopAmidRequest(bench: Bench): Promise<Outcome> {
  const line = await running(bench);
  bench.family.signal('SIGTERM');
  await line.untilAnswered(8_000);
  line.hangUp();
  for (let waited = 0; !bench.family.hasEnded && waited < 15_000; waited += 100) await bench.pause(100);
  const answer = line.response.status === 200 ? 'answered' : 'cut';
  const { hasEnded } = bench.family;
  return {
    answer: hasEnded ? answer : `${answer}-and-stays`,
    evidence: evidenceOf(
      line,
      'sent SIGTERM to the process that was started, half a second after the request',
      hasEnded ? 'it ended' : 'it had not ended 15 seconds later',
    ),
  };
}

const noReload: Outcome = { answer: 'no-reload', evidence: { steps: ['it documents no signal for this'] } };

async function reloadAmidRequest(bench: Bench): Promise<Outcome> {
  const { reload } = bench.found;
  if (reload === null) return noReload;
  const line = await running(bench);
  bench.family.signal(reload);
  await line.untilAnswered(8_000);
  line.hangUp();
  const answer = line.response.status === 200 ? 'answered' : 'cut';
  return {
    answer,
    evidence: evidenceOf(line, `sent ${reload} to the process that was started, half a second after the request`),
  };
}

async function requestsAmidReload(bench: Bench): Promise<Outcome> {
  const { reload } = bench.found;
  if (reload === null) return noReload;
  bench.family.signal(reload);
  const until = performance.now() + 4_000;
  const failed: Line[] = [];
  let asked = 0;
  for (; performance.now() < until; asked++) {
    const line = await bench.ask('hello', {}, 8_000);
    if (line.response.status !== 200) failed.push(line);
    await bench.pause(20);
  }
  const [first] = failed;
  const steps = [
    `sent ${reload} to the process that was started, and requests one after the other for 4 seconds`,
    failed.length === 0 ? 'all were answered' : `${failed.length === asked ? 'all' : 'some'} were not`,
  ];
  return {
    answer: failed.length === 0 ? 'answered' : 'failed',
    evidence: first ? evidenceOf(first, ...steps) : { steps },
  };
}
