/** Puts questions to one way of running a server. */
import type { QuirkEvidence } from '../../spec/quirks/profile.ts';
import { questionById } from '../../spec/quirks/questions.ts';
import { Bench } from './bench.ts';
import { neutral, neutralText } from './evidence.ts';
import type { Experiment } from './experiment.ts';
import type { FoundStand } from './stand.ts';

/** What one way of running a server answered. */
export interface Measurement {
  readonly versions: Readonly<Record<string, string>>;
  readonly started: string;
  readonly answers: readonly MeasuredQuestion[];
}

export interface MeasuredQuestion {
  readonly question: string;
  readonly answer: string;
  readonly evidence: QuirkEvidence;
}

export interface MeasureOptions {
  readonly signal: AbortSignal;
  readonly onQuestion?: (question: string) => void;
}

/** @throws Error where the server does not start, or an experiment has an answer that its question does not know: our fault. */
export async function measure(
  found: FoundStand,
  experiments: readonly Experiment[],
  { signal, onQuestion = () => {} }: MeasureOptions,
): Promise<Measurement> {
  const answers = new Map<string, MeasuredQuestion>();
  let [python, started] = ['', ''];
  const run = async (bench: Bench, experiment: Experiment): Promise<void> => {
    signal.throwIfAborted();
    const { question } = experiment;
    onQuestion(question);
    const { answer, evidence } = await experiment.run(bench);
    if (!Object.hasOwn(questionById(question)?.answers ?? {}, answer))
      throw new Error(`${question} has no answer ${answer}: ${JSON.stringify(evidence)}`);
    answers.set(question, { question, answer, evidence: neutral(evidence, bench) });
  };
  await Bench.use(found, 1, signal, async (bench) => {
    [python, started] = [bench.python, neutralText(bench.prepared.shown, bench)];
    for (const experiment of experiments) if (!experiment.ownServer) await run(bench, experiment);
  });
  for (const experiment of experiments)
    if (experiment.ownServer)
      await Bench.use(found, experiment.ownServer.workers, signal, (bench) => run(bench, experiment));
  return {
    versions: { ...found.versions, CPython: python },
    started,
    answers: experiments.flatMap(({ question }) => answers.get(question) ?? []),
  };
}
