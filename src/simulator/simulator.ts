/** The simulator as a world. */
import { happeningKinds } from '../../spec/trace.ts';
import type { World } from '../../spec/world.ts';
import { simulate } from './simulate.ts';
import type { SimulateOptions } from './universe.ts';

/** A world in virtual time that sees everything; with `defects` it is the world of a broken server. */
export const simulator = ({ name = 'simulator', ...options }: SimulateOptions & { name?: string }): World => ({
  name,
  sees: new Set(happeningKinds),
  async run(scenario, signal) {
    signal?.throwIfAborted();
    return simulate(scenario, options);
  },
});
