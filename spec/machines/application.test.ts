import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import type { Happening } from '../trace.ts';
import { processId } from '../vocabulary.ts';
import { type ApplicationEvent, type ApplicationInput, applicationMachine } from './application.ts';

function loadedBy(onChange: ApplicationInput['onChange'], ...events: readonly ApplicationEvent[]) {
  const happenings: Happening[] = [];
  const asked: string[] = [];
  const actor = createActor(
    applicationMachine.provide({
      actions: {
        load: () => asked.push('load'),
        replaceProcess: () => asked.push('replace the process'),
        report: (_, happening) => happenings.push(happening),
      },
    }),
    { input: { process: processId('shop', 1), applicationGroup: '', script: '/srv/shop.wsgi', onChange } },
  ).start();
  for (const event of events) actor.send(event);
  const { value, context } = actor.getSnapshot();
  return { happenings: happenings.map(({ kind }) => kind), asked, state: value, loadings: context.loadings };
}

const needed = { type: 'NEEDED' } as const;
const loaded = { type: 'LOADED' } as const;
const changed = { type: 'SCRIPT_CHANGED' } as const;
const failed = { type: 'FAILED', error: 'SyntaxError' } as const;

describe('a script', () => {
  it('is loaded when it is needed, and once', () => {
    expect(loadedBy('replace-process').state).toBe('unloaded');
    expect(loadedBy('replace-process', needed, loaded, needed, needed)).toEqual({
      happenings: ['application.loaded'],
      asked: ['load'],
      state: 'loaded',
      loadings: 1,
    });
  });

  it('that failed is tried again by the next request', () => {
    expect(loadedBy('replace-process', needed, failed, needed, failed, needed, loaded)).toEqual({
      happenings: ['application.failed', 'application.failed', 'application.loaded'],
      asked: ['load', 'load', 'load'],
      state: 'loaded',
      loadings: 1,
    });
  });

  it('that changed is executed again in embedded mode, as often as it changes', () => {
    fc.assert(
      fc.property(fc.nat(10), (changes) => {
        const { happenings, asked, loadings } = loadedBy(
          'execute-again',
          needed,
          loaded,
          ...Array.from({ length: changes }, () => [changed, loaded]).flat(),
        );
        expect(happenings).toEqual(['application.loaded', ...Array(changes).fill('application.reloaded')]);
        expect(asked).toEqual(Array(changes + 1).fill('load'));
        expect(loadings).toBe(changes + 1);
      }),
    );
  });

  it('that changed makes a daemon process go, once, and is never executed there again', () => {
    expect(loadedBy('replace-process', needed, loaded, changed, changed, needed, loaded)).toEqual({
      happenings: ['application.loaded'],
      asked: ['load', 'replace the process'],
      state: 'stale',
      loadings: 1,
    });
  });

  it('is gone with its process, whatever it was doing', () => {
    for (const before of [[], [needed], [needed, loaded], [needed, failed], [needed, loaded, changed]])
      expect(loadedBy('replace-process', ...before, { type: 'PROCESS_GONE' }).state).toBe('gone');
  });
});
