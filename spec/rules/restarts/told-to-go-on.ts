/** Signals after which a server goes on, and what then becomes of requests. */
import type { ServerSignal, Trace } from '../../trace.ts';
import { undisturbedUntil } from '../calm.ts';
import {
  type Entry,
  entriesOf,
  type Outcome,
  outcomeOf,
  type RequestHistory,
  requestHistories,
  seqsOf,
  succeeded,
} from '../histories.ts';
import { hostingOf } from '../hosting.ts';
import { lifespanOf } from '../lifespans.ts';
import type { Objection, Run } from '../rule.ts';
import { type Done, type ServerSignalled, serverSignalled } from './server-signals.ts';

/** Something that was done to a server, and the requests that were sent when it had had its effect, and nothing else had been done. */
export interface Aftermath {
  readonly done: Done;
  readonly requests: readonly RequestHistory[];
  readonly entries: readonly Entry[];
}

/** What came after each of these signals; those after which nobody asked are left out. */
export const aftermaths = (
  { deployment, trace }: Run,
  signals: readonly ServerSignal[],
  matters: (signalled: ServerSignalled) => boolean = () => true,
): readonly Aftermath[] =>
  serverSignalled(trace)
    .filter((signalled) => signals.includes(signalled.signal) && matters(signalled))
    .flatMap((signalled) => aftermathOf({ deployment, trace }, signalled) ?? []);

/** Null where nobody asked. */
export function aftermathOf({ deployment, trace }: Run, done: Done): Aftermath | null {
  const end = undisturbedUntil(trace, done.seq);
  // What takes too long is lost for a reason of its own.
  const patience = hostingOf(deployment, null)?.patience ?? 0;
  const requests = requestHistories(trace).filter(
    ({ sent, outcome }) =>
      done.seq < sent.seq && outcome !== null && outcome.seq < end && outcome.at - sent.at < patience,
  );
  if (requests.length === 0) return null;
  const ids = new Set(requests.map(({ id }) => id));
  return { done, requests, entries: entriesOf(trace).filter(({ request }) => ids.has(request.id)) };
}

/** Somebody who asked was not answered. */
export function unanswered({ requests, done }: Aftermath): Objection | null {
  const lost = requests.find((request) => !succeeded(request));
  return lost
    ? { says: `${lost.id}, which was sent afterwards, ${outcomeOf(lost)}`, seqs: [done.seq, ...seqsOf(lost)] }
    : null;
}

/** The last request ran in a process that had been there before. */
export function notReplaced(trace: Trace, { entries, done }: Aftermath): Objection | null {
  const last = entries.at(-1);
  const life = last && lifespanOf(trace, last);
  return life && life.known <= done.from
    ? {
        says: `${last.request.id}, which was sent afterwards, ran in process ${life.pid}, which had been there before`,
        seqs: [done.seq, ...seqsOf(last.request)],
      }
    : null;
}

/** A request ran in a process that had not been there before. */
export function replaced(trace: Trace, { entries, done }: Aftermath): Objection | null {
  const last = entries.at(-1)?.request.outcome?.seq ?? done.seq;
  // What was lost took its process with it.
  if (
    requestHistories(trace).some(
      ({ outcome }) => outcome && done.from < outcome.seq && outcome.seq < last && isLost(outcome),
    )
  )
    return null;
  for (const entry of entries) {
    const life = lifespanOf(trace, entry);
    if (life && life.known > done.from)
      return {
        says: `${entry.request.id}, which was sent afterwards, ran in process ${life.pid}, which had not been there before`,
        seqs: [done.seq, ...seqsOf(entry.request)],
      };
  }
  return null;
}

const isLost = (outcome: Outcome): boolean => outcome.kind === 'request.failed' || outcome.status >= 500;
