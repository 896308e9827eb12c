/**
 * Cuts off clients that take too long over a request. Connections are looked at together, twice a second, so that a
 * request itself costs nothing. Source: httpd 2.4, mod_reqtimeout.c; as there, only time counts in which the client is
 * waited for, and a connection that is kept alive has no deadline before the first byte of its next request.
 */
import type { IncomingMessage } from 'node:http';
import { allowedTime, type RequestLimits } from '../../../spec/serving/request-limits.ts';
import type { Intake } from './intake.ts';
import { bytesReadFrom } from './read-elsewhere.ts';

/** In ms; a deadline is kept to this. */
const interval = 500;

/** What a connection is waited for, since when, and how much had come in by then. */
interface Reading {
  readonly stage: 'head' | 'body' | 'nothing';
  /** The last request that had come in. */
  readonly request: IncomingMessage | null;
  since: number;
  readonly bytes: number;
}

export class SlowClients {
  limits: RequestLimits;
  readonly #readings = new Map<Intake, Reading>();
  readonly #cutOff: (connection: Intake, why: string) => void;
  #timer: NodeJS.Timeout | null = null;
  #looked = performance.now();

  constructor(limits: RequestLimits, cutOff: (connection: Intake, why: string) => void) {
    this.limits = limits;
    this.#cutOff = cutOff;
  }

  watch(connection: Intake): void {
    this.#readings.set(connection, { stage: 'head', request: null, since: performance.now(), bytes: 0 });
    connection.socket.once('close', () => {
      this.#readings.delete(connection);
      if (this.#readings.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    });
    if (this.#timer !== null) return;
    this.#looked = performance.now();
    this.#timer = setInterval(() => this.#look(performance.now()), interval).unref();
  }

  #look(now: number): void {
    const passed = now - this.#looked;
    this.#looked = now;
    for (const [connection, before] of this.#readings) {
      if (connection.isOver) continue;
      const reading = continued(connection, before, now);
      this.#readings.set(connection, reading);
      const { stage } = reading;
      if (stage === 'nothing') continue;
      if (stage === 'body' && !connection.isAwaited) reading.since += passed;
      const bytes = bytesReadFrom(connection.socket) - reading.bytes;
      const allowed = allowedTime(stage === 'head' ? this.limits.header : this.limits.body, bytes);
      if (allowed !== null && now - reading.since > allowed) this.#cutOff(connection, `the ${stage} came too slowly`);
    }
  }
}

function continued({ request, isInBody, isAnswering, socket }: Intake, before: Reading, now: number): Reading {
  const start = (stage: Reading['stage']): Reading => ({ stage, request, since: now, bytes: bytesReadFrom(socket) });
  const isSame = before.request === request;
  if (isInBody) return isSame && before.stage === 'body' ? before : start('body');
  if (isAnswering || !isSame || before.stage === 'body') return start('nothing');
  return before.stage === 'nothing' && bytesReadFrom(socket) > before.bytes
    ? { ...start('head'), bytes: before.bytes }
    : before;
}
