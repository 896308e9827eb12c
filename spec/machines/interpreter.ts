/**
 * One Python interpreter in one process: made when a request or a preload first needs it, gone with its process. No
 * reload ends it earlier. Source: mod_wsgi 4.9.4, wsgi_acquire_interpreter; rule ISO-INTERP-07.
 */
import { setup } from 'xstate';
import type { Happening } from '../trace.ts';
import type { ApplicationGroup, ProcessId } from '../vocabulary.ts';

export interface InterpreterInput {
  readonly process: ProcessId;
  /** `''` is the main interpreter. */
  readonly applicationGroup: ApplicationGroup;
}

export type InterpreterEvent =
  | { readonly type: 'NEEDED' }
  | { readonly type: 'CREATED' }
  /** The process shuts down in order: exit handlers run. */
  | { readonly type: 'FINALIZE' }
  | { readonly type: 'DESTROYED' }
  /** The process is gone, in order or not. */
  | { readonly type: 'PROCESS_GONE' };

export const interpreterMachine = setup({
  types: { context: {} as InterpreterInput, events: {} as InterpreterEvent, input: {} as InterpreterInput },
  actions: {
    /** Asks the process to make the interpreter. */
    create: () => {},
    report: (_, _happening: Happening) => {},
  },
}).createMachine({
  id: 'interpreter',
  context: ({ input }) => input,
  initial: 'absent',
  on: { PROCESS_GONE: '.destroyed' },
  states: {
    absent: { on: { NEEDED: 'creating' } },
    creating: { entry: 'create', on: { CREATED: 'ready' } },
    ready: {
      entry: {
        type: 'report',
        params: ({ context }) => ({ kind: 'interpreter.created', ...context }) as const,
      },
      on: { FINALIZE: 'finalizing' },
    },
    finalizing: {
      on: {
        DESTROYED: {
          target: 'destroyed',
          actions: {
            type: 'report',
            params: ({ context }) => ({ kind: 'interpreter.destroyed', ...context }) as const,
          },
        },
      },
    },
    destroyed: { type: 'final' },
  },
});
