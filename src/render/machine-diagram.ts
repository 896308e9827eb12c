/**
 * Draws a lifecycle machine as Mermaid `stateDiagram-v2` text, from the machine's own definition: what is drawn is what
 * runs. Mermaid cannot draw an arrow from a composite state to one of its own children, so a transition that holds in
 * every state of a composite leaves a node called `any state` instead.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';

/**
 * @param machine - Any machine; nothing in it is run.
 * @returns Mermaid source that ends in a newline. The same definition gives the same text: states and transitions stand
 * in the order of the definition, several transitions between the same two states share one arrow.
 */
export function machineDiagram(machine: AnyStateMachine): string {
  const { root } = machine;
  return [
    '---',
    `title: ${root.id}`,
    '---',
    'stateDiagram-v2',
    ...states(root, '  '),
    ...[...arrows(everyNode(root))].map(([ends, labels]) => `  ${ends} : ${labels.join('<br/>')}`),
    '',
  ].join('\n');
}

/** One way to leave a state, or something done inside it. */
interface Transition {
  /** What makes it happen, with its guard: `SPENT [isIdle]`, `after restartInterval`, `always [isFull]`. */
  readonly label: string;
  readonly targets: readonly AnyStateNode[];
  /** The names of its actions; of those built into XState only `raise` is shown. */
  readonly actions: readonly string[];
}

/** The children of a composite, each with what happens inside it, and the ways in and out: `[*]`. */
function states(composite: AnyStateNode, indent: string): readonly string[] {
  const lines: string[] = [];
  const initial = composite.initial.target[0];
  if (initial) lines.push(`${indent}[*] --> ${id(initial)}`);
  for (const state of childrenOf(composite)) lines.push(...drawn(state, indent));
  const inside = describe(transitionsOf(composite).filter(({ targets }) => targets.length === 0));
  if (inside.length > 0 || transitionsOf(composite).some((way) => isInward(composite, way)))
    lines.push(`${indent}state "any state" as ${anyState(composite)}`);
  lines.push(...inside.map((line) => `${indent}${anyState(composite)} : ${line}`));
  return lines;
}

/** One state: a composite holds its children, any other lists what it does on entry and while it lasts. */
function drawn(state: AnyStateNode, indent: string): readonly string[] {
  const named = `${indent}state "${state.key}" as ${id(state)}`;
  if (childrenOf(state).length > 0) return [`${named} {`, ...states(state, `${indent}  `), `${indent}}`];
  const entry = actionNames(state.entry);
  const does = [
    ...(entry.length > 0 ? [`entry / ${entry.join(', ')}`] : []),
    ...describe(transitionsOf(state).filter(({ targets }) => targets.length === 0)),
  ];
  const ends = state.type === 'final' ? [`${indent}${id(state)} --> [*]`] : [];
  return [named, ...does.map((line) => `${indent}${id(state)} : ${line}`), ...ends];
}

const describe = (transitions: readonly Transition[]): readonly string[] =>
  transitions
    .filter(({ actions }) => actions.length > 0)
    .map(({ label, actions }) => `${label} / ${actions.join(', ')}`);

/** Every arrow `from --> to` with its labels. */
function arrows(nodes: readonly AnyStateNode[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const node of nodes)
    for (const way of transitionsOf(node))
      for (const target of way.targets) {
        const ends = `${isInward(node, way) ? anyState(node) : id(source(node, target))} --> ${id(target)}`;
        found.set(ends, [...(found.get(ends) ?? []), way.label]);
      }
  return found;
}

/** Where an arrow begins: whoever leaves the only state of a composite leaves the composite. */
function source(node: AnyStateNode, target: AnyStateNode): AnyStateNode {
  const { parent } = node;
  if (!parent || parent.path.length === 0 || childrenOf(parent).length > 1) return node;
  return everyNode(parent).includes(target) ? node : source(parent, target);
}

/** Whether the transition belongs to a composite and stays in it. */
const isInward = (node: AnyStateNode, { targets }: Transition): boolean =>
  childrenOf(node).length > 0 && targets.some((target) => target !== node && everyNode(node).includes(target));

/** All transitions of a node in the order of its definition: at once, on events, after delays. */
function transitionsOf(node: AnyStateNode): readonly Transition[] {
  const ways: Transition[] = [];
  const add = (trigger: string, definitions: readonly Definition[]): void => {
    definitions.forEach((definition, index) => {
      const guard = definition.guard === undefined ? (index > 0 ? 'else' : '') : guardName(definition.guard);
      ways.push({
        label: guard === '' ? trigger : `${trigger} [${guard}]`,
        targets: definition.target ?? [],
        actions: actionNames(definition.actions),
      });
    });
  };
  add('always', node.always ?? []);
  const delays = new Map<string, [string, Definition[]]>();
  for (const definition of node.after) {
    const delay = typeof definition.delay === 'number' ? `${definition.delay} ms` : String(definition.delay);
    const known = delays.get(definition.eventType) ?? [delay, []];
    delays.set(definition.eventType, [known[0], [...known[1], definition]]);
  }
  for (const [event, definitions] of node.transitions)
    if (!delays.has(event)) add(event.replace(/^xstate\./, ''), definitions);
  for (const [delay, definitions] of delays.values()) add(`after ${delay}`, definitions);
  return ways;
}

type Definition = Pick<AnyStateNode['after'][number], 'guard' | 'target' | 'actions'>;

/** A guard by its name; combinations as they were written; a function without a name is `…`. */
function guardName(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'object' && guard !== null && 'type' in guard) return String(guard.type);
  if (typeof guard === 'function' && 'guards' in guard && Array.isArray(guard.guards)) {
    const parts = guard.guards.map(guardName);
    return parts.length === 1 ? `not ${parts[0]}` : `(${parts.join(guard.name === 'or' ? ' or ' : ' and ')})`;
  }
  return '…';
}

const actionNames = (actions: readonly unknown[]): readonly string[] =>
  actions.flatMap((action) => {
    if (typeof action === 'string') return [action];
    if (typeof action === 'object' && action !== null && 'type' in action) return [String(action.type)];
    return typeof action === 'function' ? raised(action) : [];
  });

/** `raise` is the one action of XState's own that is drawn: it is how a machine gives itself a deadline outside a state. */
function raised(action: object): readonly string[] {
  if (!('type' in action && action.type === 'xstate.raise' && 'event' in action)) return [];
  const { event } = action;
  if (!(typeof event === 'object' && event !== null && 'type' in event)) return [];
  // A delayed transition is made of such an action too, and stands on its own arrow.
  if (String(event.type).startsWith('xstate.')) return [];
  const delay = 'delay' in action && action.delay !== undefined ? ` after ${action.delay}` : '';
  return [`raise ${event.type}${delay}`];
}

const childrenOf = (node: AnyStateNode): readonly AnyStateNode[] => Object.values(node.states);

const everyNode = (node: AnyStateNode): readonly AnyStateNode[] => [node, ...childrenOf(node).flatMap(everyNode)];

/** Mermaid ids are words; paths are unique, keys are not. Every other character is spelled out, `_` included. */
const id = (node: AnyStateNode): string => node.path.map(word).join('__');
const word = (key: string): string =>
  key.replaceAll(/[^A-Za-z0-9]/g, (character) => `_${character.codePointAt(0)?.toString(16)}_`);

const anyState = (node: AnyStateNode): string => [...node.path.map(word), '_any'].join('__');
