/**
 * The lives of mod_wsgi's daemon processes, as the server's own log tells them: who began, why one goes. That it is gone is
 * seen, and which requests it took is known from those that report out of it.
 */
import type { Ending, Exit, HappeningKind, Mark, Observation } from '../../spec/trace.ts';
import type { TraceRecorder } from '../../spec/trace-recorder.ts';
import { type ProcessGroupName, type ProcessId, processId, type RequestId } from '../../spec/vocabulary.ts';
import { markOf } from '../../src/probe/process-mark.ts';
import type { LogTail } from './log-tail.ts';
import { type DaemonWord, readModWsgiLine } from './mod-wsgi-log.ts';

/** What is told of daemon processes beside what can be seen of any process. */
export const toldOfDaemons: ReadonlySet<HappeningKind> = new Set<HappeningKind>([
  'process.spawned',
  'process.ready',
  'process.draining',
  'process.stopping',
  'process.exited',
  'request.accepted',
]);

interface Life {
  readonly process: ProcessId;
  readonly of: ProcessGroupName;
  readonly mark: Mark | null;
  /** Why it goes; null as long as it does not. */
  because: Ending | null;
  isStopping: boolean;
  isDismissed: boolean;
  exit: Exit;
}

/** Nobody has said how it ended. */
const unsaid: Exit = { kind: 'killed', by: 'whoever did not say so' };

export class DaemonLives {
  readonly #log: Pick<LogTail, 'read' | 'close'>;
  readonly #markOf: (pid: number) => Mark | null;
  readonly #lives = new Map<number, Life>();
  readonly #serials = new Map<string, number>();
  readonly #recorder: TraceRecorder;

  /** @param mark - How a process is named from outside; null where there is none. */
  constructor(log: Pick<LogTail, 'read' | 'close'>, recorder: TraceRecorder, mark = markOf) {
    this.#log = log;
    this.#recorder = recorder;
    this.#markOf = mark;
  }

  /** Nothing is told any more. */
  close(): void {
    this.#log.close();
  }

  /** Catches up with the log, and with who is gone. */
  look(): void {
    // Whoever is gone has written its last line.
    const gone = [...this.#lives].filter(([pid, { mark }]) => this.#markOf(pid) !== mark);
    for (const line of this.#log.read()) {
      const word = readModWsgiLine(line);
      if (word) this.#hear(word);
    }
    for (const [pid] of gone) this.#part(pid);
    // And those of whom nothing was seen but their lines.
    for (const [pid, { mark }] of this.#lives) if (mark === null) this.#part(pid);
  }

  #part(pid: number): void {
    const life = this.#lives.get(pid);
    if (!life) return;
    this.#lives.delete(pid);
    const { process, because, isDismissed, exit } = life;
    this.#recorder.record({
      kind: 'process.exited',
      process,
      because: because ?? (isDismissed ? 'server-restart' : 'crash'),
      exit,
    });
  }

  /** Who was replaced: of those of the group that are gone the one that said so, or else the oldest. */
  #predecessor(group: ProcessGroupName): number | undefined {
    const gone = [...this.#lives].filter(([pid, { mark, of }]) => of === group && this.#markOf(pid) !== mark);
    return (gone.find(([, { exit }]) => exit !== unsaid) ?? gone[0])?.[0];
  }

  /** An observation is about to be recorded: its request was accepted. */
  observed({ pid }: Observation, request: RequestId): void {
    this.look();
    const life = this.#lives.get(pid);
    if (life) this.#recorder.record({ kind: 'request.accepted', request, process: life.process, reported: true });
  }

  #hear(word: DaemonWord): void {
    if (word.says === 'began') {
      const before = this.#predecessor(word.group as ProcessGroupName);
      if (before !== undefined) this.#part(before);
      this.#begin(word.pid, word.group as ProcessGroupName);
      return;
    }
    const life = this.#lives.get(word.pid);
    if (!life) return;
    const { process } = life;
    switch (word.says) {
      case 'ready':
        this.#recorder.record({ kind: 'process.ready', process });
        return;
      case 'waits':
        life.because ??= word.because;
        this.#recorder.record({ kind: 'process.draining', process, because: word.because });
        return;
      case 'stops': {
        if (life.isStopping) return;
        life.isStopping = true;
        const because = word.because ?? life.because ?? (life.isDismissed ? 'server-restart' : 'signal');
        life.because = because;
        this.#recorder.record({ kind: 'process.stopping', process, because });
        return;
      }
      case 'dismissed':
        life.isDismissed = true;
        return;
      case 'leaves':
        life.exit = { kind: 'returned', code: 0 };
        return;
      case 'aborts':
        life.exit = { kind: 'returned', code: 255 };
        return;
    }
  }

  #begin(pid: number, processGroup: ProcessGroupName): void {
    const serial = (this.#serials.get(processGroup) ?? 0) + 1;
    this.#serials.set(processGroup, serial);
    const process = processId(processGroup, serial);
    // Null where it is gone already, which is seen at once.
    const life: Life = {
      process,
      of: processGroup,
      mark: this.#markOf(pid),
      because: null,
      isStopping: false,
      isDismissed: false,
      exit: unsaid,
    };
    this.#lives.set(pid, life);
    this.#recorder.record({ kind: 'process.spawned', process, processGroup, pid });
  }
}
