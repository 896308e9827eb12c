/** What was done to the whole server, as a trace tells it. */
import type { ServerSignal, Trace } from '../../trace.ts';

export interface ServerSignalled {
  readonly signal: ServerSignal;
  /** From this event on it has been done. */
  readonly seq: number;
}

export const serverSignalled = (trace: Trace): readonly ServerSignalled[] =>
  trace.flatMap((event) =>
    event.kind === 'act.performed' && event.act.kind === 'server-signal'
      ? [{ signal: event.act.signal, seq: event.seq }]
      : [],
  );

export const restarts = (trace: Trace): readonly ServerSignalled[] =>
  serverSignalled(trace).filter(({ signal }) => signal === 'SIGUSR1' || signal === 'SIGHUP');

/** The first signal to the server after `seq`; infinity where there is none. */
export const nextServerSignal = (trace: Trace, seq: number): number =>
  serverSignalled(trace).find((signalled) => signalled.seq > seq)?.seq ?? Number.POSITIVE_INFINITY;
