/** Turns a scenario into the trace that a server keeping every rule would leave, in virtual time. */
import type { Scenario } from '../../spec/scenario.ts';
import type { Trace } from '../../spec/trace.ts';
import type { Defects } from './decisions.ts';

export interface SimulateOptions {
  /** All chance comes from here: one seed and one scenario give one trace, byte for byte. */
  readonly seed: number;
  /** Decisions in place of the true ones: the simulator of a broken server. */
  readonly defects?: Defects;
}

/**
 * Runs a scenario to its end.
 * @throws Error where the scenario itself cannot be meant: it names a request that was never sent, or sends one twice.
 */
export function simulate(_scenario: Scenario, _options: SimulateOptions): Trace {
  throw new Error('under construction');
}
