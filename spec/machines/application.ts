/**
 * One script in one interpreter of one process. Its globals live from one loading to the next.
 * Source: mod_wsgi 4.9.4, wsgi_execute_script, wsgi_reload_required, wsgi_load_source.
 */
import { assign, setup } from 'xstate';
import type { Happening } from '../trace.ts';
import type { ApplicationGroup, ProcessId } from '../vocabulary.ts';

export interface ApplicationInput {
  readonly process: ProcessId;
  readonly applicationGroup: ApplicationGroup;
  readonly script: string;
  /** What a changed script leads to: embedded mode executes it again in place, daemon mode replaces the process. */
  readonly onChange: 'execute-again' | 'replace-process';
}

export type ApplicationEvent =
  /** A request or a preload needs it. */
  | { readonly type: 'NEEDED' }
  | { readonly type: 'LOADED' }
  | { readonly type: 'FAILED'; readonly error: string }
  /** A request found another modification time than that of the loading. */
  | { readonly type: 'SCRIPT_CHANGED' }
  | { readonly type: 'PROCESS_GONE' };

export const applicationMachine = setup({
  types: {
    context: {} as ApplicationInput & { readonly loadings: number },
    events: {} as ApplicationEvent,
    input: {} as ApplicationInput,
  },
  actions: {
    /** Asks the interpreter to execute the script. */
    load: () => {},
    /** Tells the server process that its code is old. */
    replaceProcess: () => {},
    report: (_, _happening: Happening) => {},
    countLoading: assign({ loadings: ({ context }) => context.loadings + 1 }),
  },
  guards: { executesAgain: ({ context }) => context.onChange === 'execute-again' },
}).createMachine({
  id: 'application',
  context: ({ input }) => ({ ...input, loadings: 0 }),
  initial: 'unloaded',
  on: { PROCESS_GONE: '.gone' },
  states: {
    unloaded: { on: { NEEDED: 'loading' } },
    loading: {
      entry: 'load',
      on: {
        LOADED: {
          target: 'loaded',
          actions: [{ type: 'report', params: ({ context }) => loadedHappening(context) }, 'countLoading'],
        },
        FAILED: {
          target: 'failed',
          actions: {
            type: 'report',
            params: ({ context, event }) =>
              ({ kind: 'application.failed', ...where(context), error: event.error }) as const,
          },
        },
      },
    },
    loaded: { on: { SCRIPT_CHANGED: [{ guard: 'executesAgain', target: 'loading' }, { target: 'stale' }] } },
    // The old code is never entered again: the process ends and the request is sent once more.
    stale: { entry: 'replaceProcess' },
    // A script that failed is tried again by the next request, in the same interpreter. Source: rule LIFE-LOAD-02.
    failed: { on: { NEEDED: 'loading' } },
    gone: { type: 'final' },
  },
});

const where = ({ process, applicationGroup, script }: ApplicationInput) => ({ process, applicationGroup, script });

const loadedHappening = (context: ApplicationInput & { readonly loadings: number }) =>
  ({
    kind: context.loadings === 0 ? 'application.loaded' : 'application.reloaded',
    ...where(context),
  }) as const;
