/** A run as a picture for terminals: a lane for each process, time downwards, and beside it what happens. */
import type { Trace } from '../../spec/trace.ts';
import { type Palette, plain, type TextStyle } from './palette.ts';
import { type Cast, castOf, type Lane } from './timeline-cast.ts';
import { duration, type Phase, type Row, rowsOf, type Sign, type Touch } from './timeline-rows.ts';
import { columnsOf, hanging, wrap } from './wrap.ts';

const signs = {
  started: ['○', 'started'],
  ready: ['●', 'ready'],
  loaded: ['+', 'loaded a script'],
  taken: ['▶', 'took a request'],
  answered: ['◀', 'done with it'],
  refused: ['↺', 'refused it'],
  draining: ['◇', 'finishing'],
  stopping: ['◆', 'stopping'],
  gone: ['✕', 'gone'],
} as const satisfies Record<Sign, readonly [sign: string, meaning: string]>;

const idleLines = { starting: '┊', serving: '│', draining: '╎', stopping: '┆', gone: ' ' } as const satisfies Record<
  Phase,
  string
>;

/** Columns of a lane, and behind the time and the name of a group. */
const pitch = 3;
const gutter = 2;
/** Columns that the text is given at least, and a group's name at most. */
const textAtLeast = 24;
const nameAtMost = 14;
/** A longer time without events, in ms, is drawn. */
const silence = 1000;

/**
 * Draws a trace. A process that replaces another goes on in its lane; processes that did nothing are only named.
 * @param style - 100 columns and no colour where it says nothing else.
 * @returns Lines without white space at their end, and without a final line break.
 */
export function timeline(trace: Trace, { width = 100, palette = plain }: Partial<TextStyle> = {}): string {
  const clock = Math.max(stamp(trace.at(-1)?.at ?? 0).length, 'seconds'.length);
  const room = width - clock - gutter;
  const chartAtMost = Math.max(pitch, room - textAtLeast);
  const cast = castOf(trace, Math.floor(chartAtMost / pitch));
  const rows = rowsOf(trace, new Set(cast.lanes.flatMap(({ processes }) => processes)));
  const lanes = new Lanes(cast, chartAtMost, palette);
  const textWidth = Math.max(textAtLeast, room - lanes.width);
  const line = (time: string, chart: string, text: string): string =>
    `${palette.dim(time.padStart(clock))}${' '.repeat(gutter)}${chart}${text}`.trimEnd();
  const body = rows.flatMap((row, index) => {
    const before = rows[index - 1];
    const pause = row.at - (before?.at ?? row.at);
    const gap = pause < silence ? [] : [line('⋮', lanes.draw(), palette.dim(`${duration(pause)} later`))];
    const [first = '', ...more] = wrap(row.text, textWidth);
    const paint = paintOf(row.tone, palette);
    return [
      ...gap,
      line(before?.at === row.at ? '' : stamp(row.at), lanes.draw(row.touches), paint(first)),
      ...more.map((text) => line('', lanes.draw(), paint(text))),
    ];
  });
  const notes = notesOn(cast, rows, width).map(palette.dim);
  return [
    line('seconds', palette.strong(lanes.title), ''),
    ...body,
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ].join('\n');
}

/** The lanes as they look at one moment of the run. */
class Lanes {
  readonly width: number;
  readonly title: string;
  readonly #palette: Palette;
  /** The lane of each process. */
  readonly #index = new Map<string, number>();
  /** What the process in each lane did last. */
  readonly #now: (Touch | null)[];
  /** Spaces behind each lane. */
  readonly #space: readonly string[];

  constructor({ lanes }: Cast, widthAtMost: number, palette: Palette) {
    this.#palette = palette;
    this.#now = lanes.map(() => null);
    for (const [index, { processes }] of lanes.entries())
      for (const process of processes) this.#index.set(process, index);
    const blocks = blocksOf(lanes, widthAtMost);
    this.title = blocks.map(({ name, width }) => name.padEnd(width)).join('');
    this.width = this.title.length;
    this.#space = blocks.flatMap(({ lanes: count, width }) =>
      Array.from({ length: count }, (_, i) => ' '.repeat((i < count - 1 ? pitch : width - (count - 1) * pitch) - 1)),
    );
  }

  /** One line: signs where something happens, and how things are everywhere else. */
  draw(touches: readonly Touch[] = []): string {
    const cells = this.#now.map((touch) => this.#still(touch));
    for (const touch of touches) {
      const index = this.#index.get(touch.process);
      if (index === undefined) continue;
      this.#now[index] = touch;
      cells[index] = this.#sign(touch.sign);
    }
    return cells.map((cell, index) => cell + (this.#space[index] ?? '')).join('');
  }

  /** A thick line while a request is inside; of several, how many. */
  #still(touch: Touch | null): string {
    if (touch === null) return ' ';
    const { phase, inside } = touch;
    if (phase === 'gone' || inside === 0) return this.#palette.dim(idleLines[phase]);
    return inside === 1 ? '┃' : inside < 10 ? String(inside) : '#';
  }

  #sign(sign: Sign): string {
    const { good, bad, warning, note, dim } = this.#palette;
    const paint = { ready: good, gone: bad, stopping: warning, draining: warning, refused: warning, loaded: dim };
    return (sign in paint ? paint[sign as keyof typeof paint] : note)(signs[sign][0]);
  }
}

/** The lanes of one group under its name. */
interface Block {
  readonly name: string;
  readonly lanes: number;
  readonly width: number;
}

/** Names are cut as much as the width asks for; a name as wide as its lanes always fits. */
function blocksOf(lanes: readonly Lane[], widthAtMost: number): readonly Block[] {
  const sizes = new Map<string, number>();
  for (const { group } of lanes) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const cutTo = (columns: number): readonly Block[] =>
    [...sizes].map(([group, count]) => {
      const most = Math.max(columns, count * pitch - gutter);
      const name = columnsOf(group) > most ? `${[...group].slice(0, most - 1).join('')}…` : group;
      return { name, lanes: count, width: Math.max(count * pitch, columnsOf(name) + gutter) };
    });
  let blocks = cutTo(nameAtMost);
  for (let columns = nameAtMost - 1; columns > 0; columns--) {
    if (blocks.reduce((sum, { width }) => sum + width, 0) <= widthAtMost) break;
    blocks = cutTo(columns);
  }
  return blocks;
}

const stamp = (at: number): string => (at / 1000).toFixed(3);

function paintOf(tone: Row['tone'], palette: Palette): (text: string) => string {
  const { dim, good, bad, warning, strong } = palette;
  return { plain: (text: string) => text, quiet: dim, good, bad, warning, act: strong }[tone];
}

/** What the signs mean, as far as they occur, and who is not drawn. */
function notesOn({ idle, omitted }: Cast, rows: readonly Row[], width: number): readonly string[] {
  const touches = rows.flatMap((row) => row.touches);
  const used = new Set<Sign>(touches.map(({ sign }) => sign));
  const meanings = Object.entries(signs).flatMap(([sign, [mark, meaning]]) =>
    used.has(sign as Sign) ? [`${mark} ${meaning}`] : [],
  );
  if (touches.some(({ inside }) => inside > 0)) meanings.push('┃ a request inside');
  if (touches.some(({ inside }) => inside > 1)) meanings.push('2 … requests inside');
  return [
    ...inLines(meanings, width),
    ...(idle.length === 0 ? [] : [hanging(`without a request: ${idle.join(', ')}`, width, 2)]),
    ...(omitted.length === 0 ? [] : [hanging(`no room to draw: ${omitted.join(', ')}`, width, 2)]),
  ];
}

/** As many items in each line as fit. */
function inLines(items: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const item of items) {
    const longer = `${lines.at(-1) ?? ''}   ${item}`;
    if (lines.length > 0 && columnsOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(item);
  }
  return lines;
}
