/** The simulator as a world. */
import type { Scenario } from '../../spec/scenario.ts';
import { happeningKinds, type Trace } from '../../spec/trace.ts';
import type { World } from '../../spec/world.ts';
import { simulate } from './simulate.ts';
import type { SimulateOptions } from './universe.ts';

/** A world in virtual time that sees everything; with `defects` it is the world of a broken server. */
export const simulator = ({ name = 'simulator', ...options }: SimulateOptions & { name?: string }): World => ({
  name,
  sees: new Set(happeningKinds),
  async run(scenario, signal) {
    signal?.throwIfAborted();
    return inWorldOfSimulator(scenario, options);
  },
});

/** The same, at once. @throws Error for what cannot be simulated. */
export const inWorldOfSimulator = (scenario: Scenario, options: SimulateOptions): Trace => simulate(scenario, options);
