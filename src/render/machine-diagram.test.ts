import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { and, createMachine, not, setup } from 'xstate';
import { applicationMachine } from '../../spec/machines/application.ts';
import { arbiterMachine } from '../../spec/machines/arbiter.ts';
import { gunicornMachine } from '../../spec/machines/gunicorn.ts';
import { interpreterMachine } from '../../spec/machines/interpreter.ts';
import { masterMachine } from '../../spec/machines/master.ts';
import { processGroupMachine } from '../../spec/machines/process-group.ts';
import { requestMachine } from '../../spec/machines/request.ts';
import { serverMachine } from '../../spec/machines/server.ts';
import { serverProcessMachine } from '../../spec/machines/server-process.ts';
import { workerMachine } from '../../spec/machines/worker.ts';
import { workerPoolMachine } from '../../spec/machines/worker-pool.ts';
import { machineDiagram } from './machine-diagram.ts';

interface Shape {
  readonly [key: string]: Shape;
}

/** Nested states, at least one at the top; equal keys on different levels are welcome. */
const shapes = fc.letrec<{ tree: Shape; leaf: Shape }>((tie) => ({
  leaf: fc.constant({}),
  tree: fc.dictionary(
    fc.constantFrom('idle', 'busy', 'done', 'a-b', 'a_b'),
    fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('tree')),
    { minKeys: 1, maxKeys: 4 },
  ),
})).tree;

const paths = (shape: Shape, above: readonly string[] = []): readonly (readonly string[])[] =>
  Object.entries(shape).flatMap(([key, inner]) => [[...above, key], ...paths(inner, [...above, key])]);

/** A machine of that shape; `links` says which state leads to which, as numbers into the list of its states. */
function machineOf(shape: Shape, links: readonly (readonly [number, number])[]) {
  const all = paths(shape);
  const named = (path: readonly string[]): string => `s:${path.join('/')}`;
  const configOf = (inner: Shape, path: readonly string[]): object => {
    const mine = links.filter(([from]) => all[from % all.length] === all.find((one) => named(one) === named(path)));
    const targets = mine.map(([, to]) => all[to % all.length] ?? path);
    const keys = Object.keys(inner);
    return {
      id: path.length === 0 ? 'generated' : named(path),
      ...(keys.length > 0 ? { initial: keys[0] } : {}),
      on: Object.fromEntries(targets.map((to, index) => [`GO${index}`, { target: `#${named(to)}` }])),
      states: Object.fromEntries(keys.map((key) => [key, configOf(inner[key] ?? {}, [...path, key])])),
    };
  };
  return createMachine(configOf(shape, []));
}

/** What a text declares: states with the composite they stand in, and arrows between them. */
function read(text: string) {
  const open: string[] = [];
  const states = new Map<string, readonly string[]>();
  const arrows: { from: string; to: string; label: string }[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    const state = /^state "[^"]*" as (\w+)( \{)?$/.exec(line);
    const arrow = /^(\w+|\[\*\]) --> (\w+|\[\*\])(?: : (.*))?$/.exec(line);
    if (state?.[1]) {
      if (states.has(state[1])) throw new Error(`${state[1]} is drawn twice`);
      states.set(state[1], [...open]);
      if (state[2]) open.push(state[1]);
    } else if (arrow?.[1] && arrow[2]) arrows.push({ from: arrow[1], to: arrow[2], label: arrow[3] ?? '' });
    else if (line === '}') open.pop();
  }
  return { states, arrows };
}

const anyLinks = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { maxLength: 12 });

describe('the drawing of a machine', () => {
  it('holds every state once and no arrow to or from anything else', () => {
    fc.assert(
      fc.property(shapes, anyLinks, (shape, links) => {
        const { states, arrows } = read(machineDiagram(machineOf(shape, links)));
        const drawn = [...states.keys()].filter((state) => !/(^|__)_any$/.test(state));
        expect(drawn).toHaveLength(paths(shape).length);
        for (const { from, to } of arrows)
          for (const end of [from, to]) if (end !== '[*]') expect(states.has(end)).toBe(true);
      }),
    );
  });

  it('never draws an arrow from a composite to what it holds, which Mermaid cannot lay out', () => {
    fc.assert(
      fc.property(shapes, anyLinks, (shape, links) => {
        const { states, arrows } = read(machineDiagram(machineOf(shape, links)));
        for (const { from, to } of arrows) expect(states.get(to) ?? []).not.toContain(from);
      }),
    );
  });

  it('draws every link, whatever composites it crosses', () => {
    fc.assert(
      fc.property(shapes, anyLinks, (shape, links) => {
        const { arrows } = read(machineDiagram(machineOf(shape, links)));
        const labels = arrows.flatMap(({ label }) => (label === '' ? [] : label.split('<br/>')));
        expect(labels).toHaveLength(links.length);
      }),
    );
  });

  it('is the same text for the same definition', () => {
    fc.assert(
      fc.property(shapes, anyLinks, (shape, links) => {
        expect(machineDiagram(machineOf(shape, links))).toBe(machineDiagram(machineOf(shape, links)));
      }),
    );
  });

  it.each([
    serverMachine,
    processGroupMachine,
    serverProcessMachine,
    gunicornMachine,
    arbiterMachine,
    masterMachine,
    workerPoolMachine,
    workerMachine,
    interpreterMachine,
    applicationMachine,
    requestMachine,
  ])('names every delay and guard of $id', (machine) => {
    const text = machineDiagram(machine);
    expect(text).not.toContain('…');
    expect(text).not.toContain('undefined');
    for (const delay of Object.keys(machine.implementations.delays ?? {})) expect(text).toContain(`after ${delay}`);
  });

  it('shows a lamp with its timer, its guards and what it does', () => {
    const lamp = setup({
      guards: { isDark: () => true, isBroken: () => false },
      actions: { shine: () => {}, warn: () => {}, count: () => {} },
      delays: { patience: 60_000 },
    }).createMachine({
      id: 'lamp',
      initial: 'off',
      on: { SMASH: '.broken', COUNT: { actions: 'count' } },
      states: {
        off: { on: { PRESS: [{ guard: and(['isDark', not('isBroken')]), target: 'on' }, { actions: 'warn' }] } },
        on: {
          initial: 'bright',
          entry: 'shine',
          on: { PRESS: 'off', DIM: '.dim' },
          after: { patience: 'off' },
          states: { bright: { after: { 500: 'dim' } }, dim: { entry: ['shine'] } },
        },
        broken: { type: 'final' },
      },
    });
    expect(machineDiagram(lamp)).toBe(`---
title: lamp
---
stateDiagram-v2
  [*] --> off
  state "off" as off
  off : PRESS [else] / warn
  state "on" as on {
    [*] --> on__bright
    state "bright" as on__bright
    state "dim" as on__dim
    on__dim : entry / shine
    state "any state" as on___any
  }
  state "broken" as broken
  broken --> [*]
  state "any state" as _any
  _any : COUNT / count
  _any --> broken : SMASH
  off --> on : PRESS [(isDark and not isBroken)]
  on --> off : PRESS<br/>after patience
  on___any --> on__dim : DIM
  on__bright --> on__dim : after 500 ms
`);
  });
});
