/**
 * One real server process: a CPython that runs `python/host.py`. It does what the lifecycle machine asks and tells it
 * what the operating system and the Python side report; it decides nothing about the lifecycle.
 */
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Candidate } from '../../../spec/dispatch/dispatch-policy.ts';
import { type Crossing, ThreadTally } from '../../../spec/dispatch/thread-tally.ts';
import type { Due, Running } from '../../../spec/machines/process-monitor.ts';
import type { Exit } from '../../../spec/trace.ts';
import type { ApplicationGroup, Signal } from '../../../spec/vocabulary.ts';
import type { Payload } from '../dispatch/request-payload.ts';
import { Slot, type SlotListener, type WhenDone } from '../dispatch/slot.ts';
import type { SlotConnection } from '../dispatch/slot-connection.ts';
import type { SlotServer } from '../dispatch/slot-server.ts';
import type { Workers } from './child.ts';
import { takeEarly } from './early-host.ts';
import { startHost } from './host-process.ts';
import type { HostSettings } from './host-settings.ts';
import { Lender } from './lender.ts';
import { apacheVersion } from './mod-wsgi-version.ts';
import type { ProcessWatch } from './process-watch.ts';

/** How long the last bytes of an ended process are waited for, in ms. */
const lastBytesTimeout = 1000;

/** Whom a process tells what happens to it. */
export interface HostListener {
  onSpawned(pid: number): void;
  onReady(): void;
  onGone(exit: Exit): void;
  onSignal(signal: Signal): void;
  onCrossing(crossing: Crossing): void;
  onThreadFree(): void;
  onInterpreterNeeded(applicationGroup: ApplicationGroup): void;
  onInterpreterCreated(applicationGroup: ApplicationGroup): void;
  onInterpreterDestroyed(applicationGroup: ApplicationGroup): void;
  onLoaded(applicationGroup: ApplicationGroup, script: string, again: boolean): void;
  onLoadFailed(applicationGroup: ApplicationGroup, script: string, error: string): void;
  onScriptChanged(applicationGroup: ApplicationGroup, script: string): void;
  /** @param applicationGroup - The interpreter that wrote it, where it was one. */
  onLog(line: string, applicationGroup?: ApplicationGroup): void;
}

/** A request waiting for the interpreter it needs. */
interface Waiting {
  readonly payload: Payload;
  readonly whenDone: WhenDone;
  readonly listener: SlotListener;
  readonly given: (slot: Slot) => void;
  /** When it was accepted, where somebody asks for that. */
  readonly since: number;
  /** When it was to be interrupted: it runs no Python yet in which anything could be raised. */
  interruptedAt: number | null;
}

interface Interpreter {
  readonly group: ApplicationGroup;
  readonly idle: Slot[];
  readonly waiting: Waiting[];
  /** Requests whose threads were cut off from their clients: each such thread is busy until it connects anew. */
  readonly unfinished: { readonly whenDone: WhenDone }[];
  created: boolean;
}

export class ServerProcessHost implements Candidate, Workers {
  readonly settings: HostSettings;
  readonly tally: ThreadTally;
  /** Kept by the dispatcher of its group; see {@link Candidate}. */
  serial = 0;
  lastTurn = 0;
  readonly #listener: HostListener;
  readonly #watch: ProcessWatch | null;
  readonly #child: ChildProcess;
  readonly #lender: Lender;
  readonly #interpreters = new Map<ApplicationGroup, Interpreter>();
  readonly #slots = new Set<Slot>();
  /** What the process may have written and nobody has read yet. */
  readonly #unread = new Set<Readable>();
  readonly #preloading = new Set<ApplicationGroup>();
  #exit: Exit | null = null;
  #served = 0;
  /** Connections. */
  #accepted = 0;
  #isReady = false;
  #isClosing = false;
  #isGone = false;
  #forgetRest: NodeJS.Timeout | undefined;

  /**
   * Starts the process; everything later is told to `listener`.
   * @param watch - What is kept for its deadlines; null where it has none.
   * @param beside - Processes whose slot of the scoreboard it shares.
   */
  constructor(
    settings: HostSettings,
    slotServer: SlotServer,
    listener: HostListener,
    watch: ProcessWatch | null,
    beside: readonly ServerProcessHost[] = [],
  ) {
    this.settings = settings;
    this.tally = new ThreadTally(settings.threads, settings.maximumRequests, beside);
    this.#listener = listener;
    this.#watch = watch;
    const { python, pythonOptions, environment, given } = settings.surroundings;
    const start = { python, pythonOptions, environment, isFreeThreaded: settings.isFreeThreaded };
    this.#child = takeEarly(start) ?? startHost(start);
    this.#lender = new Lender(this.#child);
    this.#child.on('spawn', () => listener.onSpawned(this.#child.pid ?? 0));
    this.#child.on('error', (error) => {
      if (this.#child.pid !== undefined) return;
      listener.onLog(`cannot start ${python}: ${error.message}`);
      this.#exit = { kind: 'returned', code: 127 };
      this.#unread.clear();
      if (this.#child.connected) this.#child.disconnect();
      this.#settle();
    });
    this.#child.on('exit', (code, signal) => {
      this.#exit = signal === null ? { kind: 'returned', code: code ?? 0 } : { kind: 'killed', by: signal };
      this.#settle();
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      this.#unread.add(stream);
      stream.on('close', () => {
        this.#unread.delete(stream);
        this.#settle();
      });
    }
    eachLine(this.#child.stdout, (line) => listener.onLog(line));
    eachLine(this.#child.stderr, (line) => tellLine(line, listener));
    this.#child.on('message', (event) => this.#hear(event as HostEvent));
    this.#child.on('disconnect', () => this.#settle());
    for (const { applicationGroup } of settings.preloads) this.#preloading.add(applicationGroup);
    this.#order({
      processGroup: settings.processGroup,
      process: settings.process,
      supervisor: process.pid,
      slots: slotServer.address,
      token: slotServer.token,
      threads: settings.threads,
      services: this.#preloading.size,
      given,
      multithread: settings.multithread,
      multiprocess: settings.multiprocess,
      runOnce: settings.runOnce,
      outlivesHangup: settings.outlivesHangup,
      destroyInterpreter: settings.destroyInterpreter,
      interrupts: watch !== null && watch.terms.interruptTimeout > 0,
      maximumProcesses: settings.maximumProcesses,
      version: settings.version,
      apacheVersion,
      worker: settings.worker,
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get busy(): number {
    return this.#isGone ? 0 : this.tally.busy;
  }

  get hasFreeThread(): boolean {
    // One that has ended is still known as long as its last bytes are read; what it did not get is offered to others then.
    return this.#isReady && !this.#isClosing && this.#exit === null && this.tally.hasFreeThread;
  }

  /** No request worth waiting for is in progress. */
  get isIdle(): boolean {
    if (this.tally.busy === 0) return true;
    const watch = this.#watch;
    return watch !== null && watch.terms.staleAge > 0 && !watch.hasActiveRequest(this.#requests(), performance.now());
  }

  /** Whether a deadline has passed; interrupts what takes too long, and asks its Python whether it still runs, unless it owes an answer to that. */
  look(): Due | null {
    const watch = this.#watch;
    if (watch === null) return null;
    this.#interrupt(watch);
    const due = watch.look(
      {
        running: this.#requests(),
        bytes: [...this.#slots].reduce((sum, slot) => sum + slot.bytes, 0),
        hadRequest: this.tally.busy > 0 || this.tally.served > 0,
      },
      performance.now(),
    );
    if (watch.asksForLock && !watch.isLockWanted) {
      watch.lockWanted(performance.now());
      this.#order({ do: 'take-lock' });
    }
    return due;
  }

  #requests(): readonly Running[] {
    if (!this.#watch?.timesRequests) return this.tally.busy > 0 ? [{ began: 0, interruptedAt: null }] : [];
    return this.#inProgress().map(({ since, interruptedAt }) => ({ began: since, interruptedAt }));
  }

  #inProgress(): readonly (Slot | Waiting)[] {
    const waiting = [...this.#interpreters.values()].flatMap((interpreter) => interpreter.waiting);
    return [...[...this.#slots].filter(({ isBusy }) => isBusy), ...waiting];
  }

  /** One request at each look. Source: mod_wsgi 6.0.5, wsgi_monitor_thread. */
  #interrupt(watch: ProcessWatch): void {
    if (watch.terms.interruptTimeout === 0) return;
    const now = performance.now();
    const late = this.#inProgress().find(({ since, interruptedAt }) =>
      watch.isToInterrupt({ began: since, interruptedAt }, now),
    );
    if (!late) return;
    late.interruptedAt = now;
    if (late instanceof Slot)
      this.#order({ do: 'interrupt', group: late.applicationGroup, whom: `${late.thread} ${late.requests}` });
  }

  /** Requests that its threads have done. */
  get served(): number {
    return this.#served;
  }

  get process(): ServerProcessHost {
    return this;
  }

  get serveWholeConnections(): boolean {
    return this.settings.serveWholeConnections;
  }

  /** Event's listener counts what it accepts, the other MPMs what is over. Source: decisions.ts, `countsOn`. */
  accepted(): void {
    if (this.serveWholeConnections) return;
    this.#accepted++;
    const { maximumRequests } = this.settings;
    if (maximumRequests > 0 && this.#accepted >= maximumRequests) this.#listener.onCrossing('requests-spent');
  }

  /** A connection or a request keeps a thread from now on. */
  occupy(): void {
    if (this.tally.start()) this.#listener.onCrossing('saturated');
  }

  /** A connection keeps its thread no longer. */
  vacate(connectionIsOver: boolean): void {
    if (this.#isGone) return;
    this.#finish(connectionIsOver && this.serveWholeConnections);
    this.#listener.onThreadFree();
  }

  /**
   * Gives a request to a thread; the caller has seen that one is free.
   * @param whenDone - Called when the thread is done with it. Null: the request keeps one of the process's threads
   * and uses up its allowance; those of a child are kept by connections.
   * @param given - Called with the slot as soon as the interpreter is there.
   */
  send(
    group: ApplicationGroup,
    payload: Payload,
    whenDone: WhenDone,
    listener: SlotListener,
    given: (slot: Slot) => void,
  ): void {
    if (whenDone === null) this.occupy();
    const interpreter = this.#interpreters.get(group) ?? this.#need(group);
    const slot = interpreter.idle.pop();
    const since = this.#watch?.timesRequests ? performance.now() : 0;
    if (slot) this.#give(slot, group, payload, whenDone, listener, given, since);
    else interpreter.waiting.push({ payload, whenDone, listener, given, since, interruptedAt: null });
  }

  #give(
    slot: Slot,
    group: ApplicationGroup,
    payload: Payload,
    whenDone: WhenDone,
    listener: SlotListener,
    given: (slot: Slot) => void,
    since: number,
  ): void {
    slot.since = since;
    slot.interruptedAt = null;
    if (this.#watch?.awaitsScript) this.#watch.scriptNeeded(group, scriptOf(payload.route), performance.now());
    given(slot);
    slot.send(payload, whenDone, listener);
  }

  /** A thread takes a request and drops it; the caller has seen that one is free. */
  dismiss(): void {
    this.occupy();
    this.#finish(true);
  }

  /** A thread connected; see {@link SlotServer}. */
  addSlot(group: ApplicationGroup, connection: SlotConnection): void {
    const interpreter = this.#interpreters.get(group);
    if (!interpreter) {
      connection.socket.destroy();
      return;
    }
    const slot: Slot = new Slot(
      connection,
      group,
      (whenDone) => this.#release(interpreter, slot, whenDone),
      (unfinished) => {
        if (unfinished) interpreter.unfinished.push(unfinished);
        this.#slots.delete(slot);
        interpreter.idle.splice(0, interpreter.idle.length, ...interpreter.idle.filter((other) => other !== slot));
        this.#settle();
      },
      (why) => this.#listener.onLog(`a thread of interpreter '${group}' does not keep to the protocol: ${why}`),
      this.#lender,
    );
    this.#slots.add(slot);
    this.#created(group);
    const finished = interpreter.unfinished.shift();
    if (finished) this.#release(interpreter, slot, finished.whenDone);
    else this.#serve(interpreter, slot);
  }

  /** Makes an interpreter; its threads connect by themselves. */
  createInterpreter(group: ApplicationGroup): void {
    const preloads = this.settings.preloads.filter((p) => p.applicationGroup === group).map((p) => [p.script, p.file]);
    this.#order({
      do: 'interpreter',
      settings: { applicationGroup: group, preloads, ownGil: this.settings.hasOwnGil(group) },
    });
  }

  /**
   * Takes no new request from now on, finishes those in progress, runs exit handlers and ends.
   * @param reason - What applications that asked for it are told.
   */
  shutdown(reason: string): void {
    this.#isClosing = true;
    this.#lender.close();
    for (const { idle } of this.#interpreters.values()) for (const slot of idle.splice(0)) slot.close();
    // A script that goes on hears signals, and no orders.
    if (this.settings.threads === 0) this.#child.kill('SIGTERM');
    else this.#order({ do: 'shutdown', reason });
  }

  /**
   * Exits, whatever requests are in progress.
   * @param callsExitHandlers - Whether its interpreters end in order first.
   */
  leave(code: number, callsExitHandlers: boolean): void {
    this.#isClosing = true;
    this.#order({ do: 'leave', code, callsExitHandlers });
  }

  /** Sends it the signal that one which began with the server dies of. */
  hangUp(): void {
    this.#child.kill('SIGHUP');
  }

  /** Ends the process whatever it does. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #order(order: object): void {
    // The end of the process is told by its exit.
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  #hear(event: HostEvent): void {
    const group = event.group ?? '';
    switch (event.event) {
      case 'started':
        // With threads=0 its scripts are all it does, and may go on for ever.
        if (this.#preloading.size === 0 || this.settings.threads === 0) this.#becomeReady();
        if (this.#preloading.size > 0) for (const preloaded of this.#preloading) this.#need(preloaded);
        return;
      case 'interpreter':
        this.#created(group);
        return;
      case 'preloaded':
        if (this.#preloading.delete(group) && this.#preloading.size === 0 && !this.#isReady) this.#becomeReady();
        return;
      case 'interpreter-failed':
        this.#listener.onLog(`cannot create interpreter '${group}': ${event.error}`);
        this.kill();
        return;
      case 'destroyed':
        this.#listener.onInterpreterDestroyed(group);
        return;
      case 'loaded':
        this.#listener.onLoaded(group, event.script ?? '', false);
        return;
      case 'failed':
        this.#listener.onLoadFailed(group, event.script ?? '', event.error ?? '');
        return;
      case 'signal':
        this.#listener.onSignal(event.signal as Signal);
        return;
      case 'lock-taken':
        this.#watch?.lockTaken();
        return;
      case 'descriptor':
        this.#lender.arrived(event.key ?? 0, event.descriptor ?? null);
        return;
    }
  }

  /** Heard on the control channel or by its first connection, whichever is read first. */
  #created(group: ApplicationGroup): void {
    const interpreter = this.#interpreters.get(group);
    if (!interpreter || interpreter.created) return;
    interpreter.created = true;
    this.#listener.onInterpreterCreated(group);
  }

  #becomeReady(): void {
    this.#isReady = true;
    this.#listener.onReady();
  }

  #need(group: ApplicationGroup): Interpreter {
    const interpreter: Interpreter = { group, idle: [], waiting: [], unfinished: [], created: false };
    this.#interpreters.set(group, interpreter);
    this.#listener.onInterpreterNeeded(group);
    return interpreter;
  }

  #release(interpreter: Interpreter, slot: Slot, whenDone: WhenDone): void {
    this.#served++;
    if (whenDone === null) this.#finish(true);
    if (this.#watch !== null && this.#watch.terms.staleAge > 0 && this.tally.busy > 0 && this.isIdle)
      this.#listener.onCrossing('idle');
    this.#serve(interpreter, slot);
    if (whenDone === null) this.#listener.onThreadFree();
    else whenDone();
  }

  #finish(counts: boolean): void {
    for (const crossing of this.tally.finish(counts)) this.#listener.onCrossing(crossing);
  }

  /** Gives an unoccupied slot its next use. */
  #serve(interpreter: Interpreter, slot: Slot): void {
    const next = interpreter.waiting.shift();
    if (next) this.#give(slot, interpreter.group, next.payload, next.whenDone, next.listener, next.given, next.since);
    else if (this.#isClosing) slot.close();
    else interpreter.idle.push(slot);
  }

  /** Gone is gone only when its last bytes were read: what was answered counts as answered, what was logged is logged. */
  #settle(): void {
    if (this.#exit === null || this.#isGone) return;
    if (this.#slots.size > 0 || this.#unread.size > 0 || this.#child.connected) {
      // A process that the application forked may hold the connections open; it cannot answer on them.
      this.#forgetRest ??= setTimeout(() => {
        for (const open of [...this.#slots, ...this.#unread]) open.destroy();
        if (this.#child.connected) this.#child.disconnect();
      }, lastBytesTimeout);
      return;
    }
    this.#isGone = true;
    clearTimeout(this.#forgetRest);
    const exit = this.#exit;
    // A thread of mod_wsgi's takes a request before it looks for its interpreter: one that was told to end loses what it
    // took by then. What one is given that has ended unnoticed it never took.
    for (const { waiting } of this.#interpreters.values())
      for (const { listener } of waiting.splice(0)) listener.onLost(!this.#isClosing);
    this.#listener.onGone(exit);
  }
}

/** What `python/host.py` writes to its control channel. */
interface HostEvent {
  readonly event:
    | 'started'
    | 'interpreter'
    | 'preloaded'
    | 'interpreter-failed'
    | 'destroyed'
    | 'loaded'
    | 'failed'
    | 'lock-taken'
    | 'descriptor'
    | 'signal';
  readonly group?: ApplicationGroup;
  readonly script?: string;
  readonly error?: string;
  readonly signal?: string;
  readonly key?: number;
  readonly descriptor?: number | null;
}

/** A line of an interpreter begins with its application group between two NULs; see `Log` in `python/host.py`. */
function tellLine(line: string, listener: HostListener): void {
  if (!line.startsWith('\0')) {
    listener.onLog(line);
    return;
  }
  const end = line.indexOf('\0', 1);
  listener.onLog(line.slice(end + 1), line.slice(1, end) as ApplicationGroup);
}

/** The script of a route; see {@link file://../dispatch/request-payload.ts}. */
const scriptOf = (route: string): string => Buffer.from(route.slice(0, route.indexOf('\0')), 'latin1').toString();

function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (block: string) => {
    const lines = (rest + block).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  // Not at its end: another process that holds it open may keep that from coming.
  stream?.on('close', () => {
    if (rest !== '') take(rest);
  });
}
