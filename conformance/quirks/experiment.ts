/** How one question is put to a running server. */
import type { QuirkEvidence } from '../../spec/quirks/profile.ts';
import type { Bench } from './bench.ts';

export interface Experiment {
  /** The id of the question. */
  readonly question: string;
  /** It may end the server or leave it changed: it gets one of its own, with so many processes. */
  readonly ownServer?: { readonly workers: number };
  run(bench: Bench): Promise<Outcome>;
}

export interface Outcome {
  readonly answer: string;
  readonly evidence: QuirkEvidence;
}
