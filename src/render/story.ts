/** A run told so that a person can follow it: what was done, numbered, and what then happened, as a sequence. */
import type { Step } from '../../spec/scenario.ts';
import type { Address, Mark, Trace, TraceEvent } from '../../spec/trace.ts';
import { assertNever } from '../../spec/vocabulary.ts';
import { actWords, behaviourWords } from './step-words.ts';

/** One sentence for each step, in their order, without a number. */
export const stepSentences = (steps: readonly Step[]): readonly string[] => steps.map(sentence);

function sentence(step: Step): string {
  switch (step.do) {
    case 'request': {
      const order = step.behave ? `, whose application ${behaviourWords(step.behave)}` : '';
      const by = step.connection === undefined ? '' : ` by ${step.connection}`;
      return `Send ${step.request} to ${place(step.to)}${order}${by}, and wait for the answer.`;
    }
    case 'hold':
      return `Send ${step.request} to ${place(step.to)}, and keep it inside the application.`;
    case 'crowd':
      return `Send ${step.request} to ${place(step.to)}; it is kept inside the application if it gets in.`;
    case 'await-outcome':
      return `Wait for the answer to ${step.request}, ${step.atMost / 1000} s at most.`;
    case 'rest':
      return `Do nothing for ${step.ms / 1000} s.`;
    case 'await-import':
      return `Wait until ${step.script} is being imported, ${step.atMost / 1000} s at most.`;
    case 'release':
      return `Let ${inRow(step.requests)} go, and wait for ${step.requests.length === 1 ? 'its answer' : 'their answers'}.`;
    case 'act': {
      const words = actWords(step.act);
      return step.act.kind.endsWith('signal') ? `Send ${words}.` : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
    }
    case 'await-replacement':
      return `Wait until the process that took ${step.processOf} is gone and another one serves.`;
    default:
      return assertNever(step);
  }
}

const place = ({ host, port, path }: Address): string => `${host}:${port}${path}`;
const inRow = (ids: readonly string[]): string =>
  ids.length < 2 ? ids.join('') : `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`;

/** Events that a diagram is still read with. */
const mostEvents = 60;

/**
 * What clients and processes did, as a Mermaid sequence diagram.
 * @param marked - The `seq` of events that show what is wrong: a note stands at each.
 */
export function sequenceDiagram(trace: Trace, marked: ReadonlySet<number> = new Set()): string {
  const processes = new Map<Mark, string>();
  const nameOf = (mark: Mark, pid: number): string => {
    const name = processes.get(mark) ?? `p${processes.size + 1}`;
    if (!processes.has(mark)) {
      processes.set(mark, name);
      participants.push(`  participant ${name} as process ${pid}`);
    }
    return name;
  };
  const participants = ['  participant client'];
  const insideOf = new Map<string, string>();
  const lines: string[] = [];
  let left = 0;
  for (const event of trace) {
    const drawn = arrows(event, nameOf, insideOf);
    if (lines.length >= mostEvents) left += drawn.length;
    else lines.push(...drawn.map((line) => `  ${line}`));
    if (marked.has(event.seq) && drawn.length > 0 && lines.length < mostEvents)
      lines.push('  Note right of client: this is what the rule objects to');
  }
  const rest = left === 0 ? [] : [`  Note over client: and ${left} more`];
  return `${['sequenceDiagram', ...participants, ...lines, ...rest].join('\n')}\n`;
}

function arrows(
  event: TraceEvent,
  nameOf: (mark: Mark, pid: number) => string,
  insideOf: Map<string, string>,
): readonly string[] {
  switch (event.kind) {
    case 'observation': {
      const process = nameOf(event.seen.process, event.seen.pid);
      insideOf.set(event.request, process);
      return [`client->>${process}: ${event.request} is inside, the ${ordinal(event.seen.scriptCount)} there`];
    }
    case 'request.finished':
      return [`${insideOf.get(event.request) ?? 'client'}-->>client: ${event.request} answered ${event.status}`];
    case 'request.failed':
      return [`${insideOf.get(event.request) ?? 'client'}--xclient: ${event.request} lost, ${plain(event.reason)}`];
    case 'request.released':
      return [`Note over client: ${event.request} may go`];
    case 'act.performed':
      return [`Note over client: ${plain(actWords(event.act))}`];
    case 'process.appeared': {
      const process = nameOf(event.mark, event.pid);
      return [`Note over ${process}: is there`];
    }
    case 'process.vanished': {
      const process = nameOf(event.mark, event.pid);
      return [`Note over ${process}: is gone`];
    }
    default:
      return [];
  }
}

/** Mermaid takes a semicolon for the end of a line, and a hash for an entity. */
const plain = (text: string): string => text.replaceAll(/[;#\n]/g, ' ');

function ordinal(count: number): string {
  const tens = count % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${suffix}`;
}
