/** Counts finished requests by who answered, by class of status and by duration: a few additions for each. */
import type { ProcessGroupName } from '../../../spec/vocabulary.ts';
import type { RequestAccount } from '../front/request-account.ts';

export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
export type StatusClass = (typeof statusClasses)[number];

/** Upper bounds of the duration buckets, in seconds; above the last is one more. */
export const durationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** What one process group answered, or the server itself. */
export interface Answers {
  /** As {@link statusClasses}. */
  readonly byClass: Float64Array;
  /** Those whose client was gone before the response was whole; they are in `byClass` as well. */
  aborted: number;
  /** As {@link durationBounds}, and one more; not summed up. */
  readonly byDuration: Float64Array;
  /** Of all durations, in seconds. */
  seconds: number;
}

export class Ledger {
  readonly #answers = new Map<ProcessGroupName | null, Answers>();
  #total = 0;
  #aborted = 0;

  /** Requests that are over. */
  get total(): number {
    return this.#total;
  }

  get aborted(): number {
    return this.#aborted;
  }

  /** By process group; null is what the server answered without an application. */
  get answers(): ReadonlyMap<ProcessGroupName | null, Answers> {
    return this.#answers;
  }

  /** @param now - On the clock of `account.began`, in ms. */
  enter({ mount, response, began }: RequestAccount, now: number): void {
    const answers = this.#of(mount === null ? null : mount.processGroup);
    const seconds = (now - began) / 1000;
    const index = Math.floor(response.statusCode / 100) - 1;
    if (index in answers.byClass) answers.byClass[index] = (answers.byClass[index] ?? 0) + 1;
    const bucket = bucketOf(seconds);
    answers.byDuration[bucket] = (answers.byDuration[bucket] ?? 0) + 1;
    answers.seconds += seconds;
    this.#total++;
    if (response.writableFinished) return;
    answers.aborted++;
    this.#aborted++;
  }

  #of(group: ProcessGroupName | null): Answers {
    const known = this.#answers.get(group);
    if (known) return known;
    const answers: Answers = {
      byClass: new Float64Array(statusClasses.length),
      aborted: 0,
      byDuration: new Float64Array(durationBounds.length + 1),
      seconds: 0,
    };
    this.#answers.set(group, answers);
    return answers;
  }
}

function bucketOf(seconds: number): number {
  let bucket = 0;
  while (bucket < durationBounds.length && seconds > (durationBounds[bucket] ?? 0)) bucket++;
  return bucket;
}
