/** What a trace tells, line by line: which processes a line is about, how they look from there on, and what it says. */
import { type Exit, eventsOf, type Trace, type TraceEvent } from '../../spec/trace.ts';
import { assertNever, type Millis, type RequestId } from '../../spec/vocabulary.ts';
import { actWords, behaviourWords } from './step-words.ts';
import { isSeenInside, observedName } from './timeline-cast.ts';

/** Where a process is in its life. */
export type Phase = 'starting' | 'serving' | 'draining' | 'stopping' | 'gone';

/** What a line marks in a process's lane. */
export type Sign = 'started' | 'ready' | 'taken' | 'answered' | 'loaded' | 'refused' | 'draining' | 'stopping' | 'gone';

/** One process in one line. */
export interface Touch {
  readonly process: string;
  readonly sign: Sign;
  /** From this line on. */
  readonly phase: Phase;
  /** Requests inside, from this line on. */
  readonly inside: number;
}

export interface Row {
  readonly at: Millis;
  readonly touches: readonly Touch[];
  readonly text: string;
  readonly tone: 'plain' | 'quiet' | 'good' | 'bad' | 'warning' | 'act';
}

/**
 * The lines of a trace, in order; events of one moment that say the same of several processes are one line.
 * @param cast - The processes whose life is told.
 */
export function rowsOf(trace: Trace, cast: ReadonlySet<string>): readonly Row[] {
  const reader = new Reader(trace, cast);
  const lines: Line[] = [];
  for (const line of trace.flatMap((event) => reader.read(event))) {
    const last = lines.at(-1);
    if (last && last.subjects.length > 0 && last.at === line.at && last.says === line.says)
      lines[lines.length - 1] = merged(last, line);
    else lines.push(line);
  }
  return lines.map(({ at, touches, tone, subjects, says }) => ({
    at,
    touches,
    tone,
    text: subjects.length === 0 ? says : `${subjects.join(', ')} ${says}`,
  }));
}

const merged = (one: Line, other: Line): Line => ({
  ...one,
  touches: [...one.touches, ...other.touches],
  subjects: [...one.subjects, ...other.subjects],
});

interface Line extends Omit<Row, 'text'> {
  /** The processes of which it says so; none where the text is whole by itself. */
  readonly subjects: readonly string[];
  readonly says: string;
}

class Reader {
  readonly #cast: ReadonlySet<string>;
  /** The process of each request, where only observations tell. */
  readonly #observedBy: ReadonlyMap<RequestId, string>;
  readonly #phases = new Map<string, Phase>();
  readonly #inside = new Map<string, number>();
  readonly #sent = new Map<RequestId, TraceEvent & { readonly kind: 'request.sent' }>();
  readonly #waiting = new Set<RequestId>();
  readonly #takenBy = new Map<RequestId, string>();
  readonly #ending = new Set<string>();
  readonly #began = new Map<RequestId, Millis>();

  constructor(trace: Trace, cast: ReadonlySet<string>) {
    this.#cast = cast;
    this.#observedBy = new Map(
      isSeenInside(trace)
        ? []
        : eventsOf(trace, 'observation').map(({ request, seen }) => [request, observedName(seen)]),
    );
  }

  read(event: TraceEvent): readonly Line[] {
    const { at } = event;
    const line = (says: string, tone: Row['tone'] = 'plain', touches: readonly Touch[] = []): readonly Line[] => [
      { at, subjects: [], says, tone, touches },
    ];
    const ofProcess = (process: string, says: string, tone: Row['tone'], touch: Touch): readonly Line[] =>
      this.#cast.has(process) ? [{ at, subjects: [process], says, tone, touches: [touch] }] : [];
    switch (event.kind) {
      case 'process.spawned':
        return ofProcess(event.process, 'started', 'quiet', this.#becomes(event.process, 'starting', 'started'));
      case 'process.ready':
        return ofProcess(event.process, 'ready', 'quiet', this.#becomes(event.process, 'serving', 'ready'));
      case 'process.draining': {
        this.#ending.add(event.process);
        const touch = this.#becomes(event.process, 'draining', 'draining');
        return ofProcess(event.process, `finishing its requests: ${event.because}`, 'warning', touch);
      }
      case 'process.stopping': {
        this.#ending.add(event.process);
        const touch = this.#becomes(event.process, 'stopping', 'stopping');
        const tone = event.because === 'server-stop' ? 'quiet' : 'warning';
        return ofProcess(event.process, `stopping: ${event.because}`, tone, touch);
      }
      case 'process.exited': {
        const why = this.#ending.has(event.process) ? '' : `: ${event.because}`;
        const isOrderly = event.exit.kind === 'returned' && event.exit.code === 0;
        const touch = this.#becomes(event.process, 'gone', 'gone');
        return ofProcess(event.process, `gone${why}${caption(event.exit)}`, isOrderly ? 'quiet' : 'bad', touch);
      }
      case 'application.loaded':
      case 'application.reloaded':
      case 'application.failed': {
        const { process, script, applicationGroup } = event;
        const place = applicationGroup === '' ? 'the main interpreter' : applicationGroup;
        const text = `${loading(event.kind, script)} in ${place}`;
        const touch = this.#touch(process, 'loaded');
        return ofProcess(process, text, event.kind === 'application.failed' ? 'bad' : 'quiet', touch);
      }
      case 'request.sent': {
        this.#sent.set(event.request, event);
        const observer = this.#observedBy.get(event.request);
        // Seen from outside, it is in its process from the moment it is sent, as far as anybody knows.
        if (observer === undefined) return [];
        return line(`${this.#asked(event.request)} → ${observer}`, 'plain', [this.#enter(event.request, observer)]);
      }
      case 'request.queued': {
        const again = this.#waiting.has(event.request) ? '' : this.#asked(event.request);
        this.#waiting.add(event.request);
        const queue = event.processGroup === '' ? 'the Apache children' : event.processGroup;
        return line(`${again || event.request} waits for ${queue}`, 'warning');
      }
      case 'request.accepted': {
        const text = this.#waiting.has(event.request) ? event.request : this.#asked(event.request);
        return line(`${text} → ${event.process}`, 'plain', [this.#enter(event.request, event.process)]);
      }
      case 'request.replayed': {
        this.#waiting.add(event.request);
        const touches = this.#leave(event.request, 'refused');
        return line(`${event.request} refused by ${event.process}: its script changed`, 'warning', touches);
      }
      case 'request.finished': {
        const tone = event.status < 400 ? 'good' : 'bad';
        return line(
          `${this.#named(event.request)} ${event.status}${this.#after(event)}`,
          tone,
          this.#leave(event.request, 'answered'),
        );
      }
      case 'request.failed': {
        const text = `${this.#named(event.request)} lost: ${event.reason}${this.#after(event)}`;
        return line(text, 'bad', this.#leave(event.request, 'answered'));
      }
      case 'import.stalled':
        return line(`${event.script} is being imported and waits`, 'plain');
      case 'exit-handler.called':
        return event.handler === 'thread'
          ? line(`the thread of ${this.#named(event.request)} ends`, 'plain')
          : line(`the ${event.handler} handler of ${this.#named(event.request)} is called`, 'plain');
      case 'act.performed':
        return line(actWords(event.act), 'act');
      case 'process.appeared':
      case 'process.vanished':
      case 'interpreter.created':
      case 'interpreter.destroyed':
      case 'request.released':
      case 'response.progressed':
      case 'response.received':
      case 'observation':
      case 'program.told':
        return [];
      default:
        return assertNever(event);
    }
  }

  #becomes(process: string, phase: Phase, sign: Sign): Touch {
    this.#phases.set(process, phase);
    return this.#touch(process, sign);
  }

  #touch(process: string, sign: Sign): Touch {
    const phase = this.#phases.get(process) ?? 'serving';
    return { process, sign, phase, inside: this.#inside.get(process) ?? 0 };
  }

  #enter(request: RequestId, process: string): Touch {
    this.#takenBy.set(request, process);
    this.#inside.set(process, (this.#inside.get(process) ?? 0) + 1);
    return this.#touch(process, 'taken');
  }

  #leave(request: RequestId, sign: Sign): readonly Touch[] {
    const process = this.#takenBy.get(request);
    this.#takenBy.delete(request);
    if (process === undefined) return [];
    this.#inside.set(process, Math.max(0, (this.#inside.get(process) ?? 0) - 1));
    return [this.#touch(process, sign)];
  }

  /** A request with what it asks for, as it is first named. */
  #asked(request: RequestId): string {
    const sent = this.#sent.get(request);
    if (!sent) return request;
    const { behave, method, to } = sent;
    const order = behave ? ` (${behaviourWords(behave)})` : '';
    this.#sent.delete(request);
    this.#waiting.delete(request);
    this.#began.set(request, sent.at);
    return `${request} ${method} ${to.path}${order}`;
  }

  /** By its id, or with what it asks for where nothing told that yet. */
  #named(request: RequestId): string {
    return this.#sent.has(request) ? this.#asked(request) : request;
  }

  #after({ request, at }: { readonly request: RequestId; readonly at: Millis }): string {
    const began = this.#began.get(request);
    return began === undefined ? '' : ` after ${duration(at - began)}`;
  }
}

/** A length of time in ms, as people say it. */
export const duration = (ms: number): string =>
  ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

function loading(kind: `application.${'loaded' | 'reloaded' | 'failed'}`, script: string): string {
  switch (kind) {
    case 'application.loaded':
      return `loaded ${script}`;
    case 'application.reloaded':
      return `executed ${script} again`;
    case 'application.failed':
      return `failed to load ${script}`;
    default:
      return assertNever(kind);
  }
}

function caption(exit: Exit): string {
  switch (exit.kind) {
    case 'returned':
      return exit.code === 0 ? '' : `, exit code ${exit.code}`;
    case 'killed':
      return `, killed by ${exit.by}`;
    default:
      return assertNever(exit);
  }
}
