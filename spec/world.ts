/** A world turns a scenario into a trace: the simulator, the gateway, or a real server behind an adapter. */
import type { Scenario } from './scenario.ts';
import type { HappeningKind, Trace } from './trace.ts';

export interface World {
  /** How reports name it: `simulator`, `gateway`, `apache-2.4.67+mod_wsgi-4.9.4`. */
  readonly name: string;
  /** The kinds of event it can see. A rule that needs others answers `not-exercised`. */
  readonly sees: ReadonlySet<HappeningKind>;
  /**
   * What it sees beside that of mod_wsgi's daemon processes, and of no other: a rule that is about those alone and needs it may use it.
   * Absent is nothing.
   */
  readonly seesOfDaemons?: ReadonlySet<HappeningKind>;
  /**
   * Runs one scenario on a fresh server and leaves nothing behind.
   * @throws Error only when the world itself broke: that is our fault or the machine's, never the server's.
   */
  run(scenario: Scenario, signal?: AbortSignal): Promise<Trace>;
}
