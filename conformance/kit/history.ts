/**
 * A history: one server's life under test. Its cases come one after the other on the same running server, because starting a
 * server costs more than most cases; the rules judge the whole trace, and what they object to is traced back to a case.
 */
import type { Deployment } from '../../spec/deployment.ts';
import type { Scenario, Step } from '../../spec/scenario.ts';
import type { Trace } from '../../spec/trace.ts';
import type { RequestId } from '../../spec/vocabulary.ts';

export interface Case {
  /** What happens, in a few words. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** Only the case before it brings the server to where it begins. */
  readonly continues?: true;
}

export interface History {
  /** From 0, among those of its target. */
  readonly number: number;
  readonly deployment: Deployment;
  readonly cases: readonly Case[];
}

/** What a plan has. */
export type Planned = ({ readonly kind: 'scheduled' } & History) | Driven;

/** A history whose steps are chosen while it goes on: commands of fast-check drive a server and its model together. */
export interface Driven {
  readonly kind: 'driven';
  readonly number: number;
  readonly deployment: Deployment;
  /** What the commands are drawn from. */
  readonly seed: number;
}

export const scenarioOf = ({ deployment, cases }: History): Scenario => ({
  deployment,
  steps: cases.flatMap(({ steps }) => steps),
});

/** The requests that a step sends or speaks of. */
export function requestsOf(step: Step): readonly RequestId[] {
  if ('requests' in step) return step.requests;
  if ('request' in step) return [step.request];
  if (step.do === 'await-replacement') return [step.processOf];
  return step.do === 'act' && step.act.kind === 'signal' ? [step.act.processOf] : [];
}

/**
 * The cases to which events of the trace belong, by their index.
 * @param seqs - Of the events. One that names no request belongs to the case of the last request sent before it.
 */
export function casesOf({ cases }: History, trace: Trace, seqs: readonly number[]): ReadonlySet<number> {
  const caseOf = new Map(
    cases.flatMap(({ steps }, index) => steps.flatMap(requestsOf).map((id) => [id, index] as const)),
  );
  const found = new Set<number>();
  for (const seq of seqs) {
    const event = trace[seq - 1];
    const sent = trace.slice(0, seq).findLast((before) => before.kind === 'request.sent');
    const request = event && 'request' in event ? event.request : sent?.kind === 'request.sent' ? sent.request : null;
    const index = request === null ? undefined : caseOf.get(request);
    if (index !== undefined) found.add(index);
  }
  return found;
}
