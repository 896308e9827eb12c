import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import type { Happening } from '../trace.ts';
import { processId } from '../vocabulary.ts';
import { type InterpreterEvent, interpreterMachine } from './interpreter.ts';

function told(...events: readonly InterpreterEvent['type'][]) {
  const happenings: Happening['kind'][] = [];
  let asked = 0;
  const actor = createActor(
    interpreterMachine.provide({
      actions: { create: () => asked++, report: (_, happening) => happenings.push(happening.kind) },
    }),
    { input: { process: processId('shop', 1), applicationGroup: 'localhost|/' } },
  ).start();
  for (const type of events) actor.send({ type });
  return { happenings, asked, state: actor.getSnapshot().value };
}

describe('an interpreter', () => {
  it('does not exist until something needs it, and is made once however many do', () => {
    expect(told()).toEqual({ happenings: [], asked: 0, state: 'absent' });
    const made = told('NEEDED', 'NEEDED', 'CREATED', 'NEEDED');
    expect(made).toEqual({ happenings: ['interpreter.created'], asked: 1, state: 'ready' });
  });

  it('is destroyed in order when its process shuts down', () => {
    expect(told('NEEDED', 'CREATED', 'FINALIZE', 'DESTROYED')).toEqual({
      happenings: ['interpreter.created', 'interpreter.destroyed'],
      asked: 1,
      state: 'destroyed',
    });
  });

  it('is just gone when its process is, whatever it was doing: no exit handler runs', () => {
    for (const before of [[], ['NEEDED'], ['NEEDED', 'CREATED'], ['NEEDED', 'CREATED', 'FINALIZE']] as const) {
      const { state, happenings } = told(...before, 'PROCESS_GONE');
      expect(state).toBe('destroyed');
      expect(happenings).not.toContain('interpreter.destroyed');
    }
  });
});
