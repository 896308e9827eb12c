/**
 * One request, from the client's connection to its outcome. It has exactly one outcome.
 * Source: mod_wsgi 4.9.4, wsgi_execute_remote (retries), wsgi_execute_script.
 */
import { assign, setup } from 'xstate';

export interface RequestInput {
  /** How often the request may be sent again after a process refused it: 2 × processes + 1 in daemon mode. */
  readonly replays: number;
}

export type RequestEvent =
  | { readonly type: 'ACCEPTED' }
  | { readonly type: 'STARTED' }
  | { readonly type: 'HEADERS_SENT' }
  | { readonly type: 'FINISHED' }
  /** The server answers by itself: nothing is mounted there, access is denied, or it gave up. No application runs. */
  | { readonly type: 'REFUSED' }
  /** The process found its script changed and goes away. */
  | { readonly type: 'REJECTED' }
  | { readonly type: 'PROCESS_LOST' }
  | { readonly type: 'TIMED_OUT' }
  /** The server stops or restarts, and closes the connection. */
  | { readonly type: 'CONNECTION_CLOSED' }
  | { readonly type: 'CLIENT_GONE' };

export const requestMachine = setup({
  types: {
    context: {} as { readonly replaysLeft: number; readonly failure: string | null },
    events: {} as RequestEvent,
    input: {} as RequestInput,
  },
  guards: { mayReplay: ({ context }) => context.replaysLeft > 0 },
}).createMachine({
  id: 'request',
  context: ({ input }) => ({ replaysLeft: input.replays, failure: null }),
  initial: 'queued',
  on: {
    CLIENT_GONE: { target: '.failed', actions: assign({ failure: 'client-gone' }) },
    CONNECTION_CLOSED: { target: '.failed', actions: assign({ failure: 'connection-closed' }) },
  },
  states: {
    queued: {
      on: {
        ACCEPTED: 'accepted',
        REFUSED: 'done',
        TIMED_OUT: { target: 'failed', actions: assign({ failure: 'queue-timeout' }) },
        // The Apache child that carried the connection is gone; no daemon process has it yet.
        PROCESS_LOST: { target: 'failed', actions: assign({ failure: 'process-lost' }) },
      },
    },
    accepted: {
      on: {
        STARTED: 'running',
        // The old code never sees the request. Source: wsgi_execute_script, "reload required" → HTTP 200 with status 0.
        REJECTED: [
          {
            guard: 'mayReplay',
            target: 'queued',
            actions: assign({ replaysLeft: ({ context }) => context.replaysLeft - 1 }),
          },
          { target: 'failed', actions: assign({ failure: 'reloads-exhausted' }) },
        ],
        PROCESS_LOST: { target: 'failed', actions: assign({ failure: 'process-lost' }) },
      },
    },
    running: {
      on: {
        HEADERS_SENT: 'responding',
        FINISHED: 'done',
        PROCESS_LOST: { target: 'failed', actions: assign({ failure: 'process-lost' }) },
        TIMED_OUT: { target: 'failed', actions: assign({ failure: 'request-timeout' }) },
      },
    },
    responding: {
      on: {
        FINISHED: 'done',
        PROCESS_LOST: { target: 'failed', actions: assign({ failure: 'process-lost' }) },
      },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
  },
});
