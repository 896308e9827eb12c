/** What was done to the whole server, as a trace tells it. */
import { type Act, eventsOf, type ServerSignal, type Trace } from '../../trace.ts';
import { type Millis, millis } from '../../vocabulary.ts';
import { beganAfter } from '../calm.ts';
import { type Entry, entriesOf, type RequestHistory } from '../histories.ts';
import { lastCertain } from '../overlaps.ts';

export interface Done {
  /** Up to this event it had not been done. */
  readonly from: number;
  /** When that was: the signal came then or later. */
  readonly since: Millis;
  /** From this event on it has been done. */
  readonly seq: number;
  readonly at: Millis;
}

export interface ServerSignalled extends Done {
  readonly signal: ServerSignal;
}

export const serverSignalled = (trace: Trace): readonly ServerSignalled[] =>
  done(trace, (act) => (act.kind === 'server-signal' ? act.signal : null)).map(({ what, ...when }) => ({
    signal: what,
    ...when,
  }));

/** Every stop and restart that is not graceful. */
export const abrupt = (trace: Trace): readonly ServerSignalled[] =>
  serverSignalled(trace).filter(({ signal }) => signal === 'SIGTERM' || signal === 'SIGHUP');

export const restarts = (trace: Trace): readonly ServerSignalled[] =>
  serverSignalled(trace).filter(({ signal }) => signal === 'SIGUSR1' || signal === 'SIGHUP');

/** Every touch of a file. */
export const touched = (trace: Trace): readonly (Done & { readonly file: string })[] =>
  done(trace, (act) => (act.kind === 'touch' ? act.script : null)).map(({ what, ...when }) => ({
    file: what,
    ...when,
  }));

/** The first signal to the server after `seq`; infinity where there is none. */
export const nextServerSignal = (trace: Trace, seq: number): number =>
  serverSignalled(trace).find((signalled) => signalled.seq > seq)?.seq ?? Number.POSITIVE_INFINITY;

function done<W>(trace: Trace, whatOf: (act: Act) => W | null): readonly (Done & { readonly what: W })[] {
  return eventsOf(trace, 'act.performed').flatMap((event) => {
    const what = whatOf(event.act);
    if (what === null) return [];
    const from = beganAfter(trace, event);
    const since = trace.find(({ seq }) => seq === from)?.at ?? millis(0);
    return [{ what, from, since, seq: event.seq, at: event.at }];
  });
}

/** Its connection was used before a restart of the server: a child of that time may have kept it. */
export const mayBeOfFormerChild = (trace: Trace, { sent }: RequestHistory): boolean =>
  sent.connection !== undefined &&
  restarts(trace).some(
    ({ from }) =>
      from < sent.seq &&
      eventsOf(trace, 'request.sent').some(({ connection, seq }) => connection === sent.connection && seq < from),
  );

/** The entries that were certainly inside an application when something was about to be done. */
export const insideAtOnset = (trace: Trace, { from }: Done): readonly Entry[] =>
  entriesOf(trace).filter((entry) => entry.seq <= from && (lastCertain(entry) ?? 0) > from);
