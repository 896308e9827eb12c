/** What a mutant is: a world that breaks some rules on purpose, to prove that the rules can fail. */
import { apacheOnly, type Deployment, type WorkerDeployment } from '../../spec/deployment.ts';
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import type { ApacheScenario, Scenario } from '../../spec/scenario.ts';
import type { Happening, Trace, TraceEvent } from '../../spec/trace.ts';
import { situations } from '../../src/probe/situations.ts';
import type { WorkerEnding } from '../../src/probe/worker-endings.ts';
import { workerSituations } from '../../src/probe/worker-situations.ts';
import { type Decisions, type Defects, truth } from '../../src/simulator/decisions.ts';
import { simulate } from '../../src/simulator/simulate.ts';

export interface Mutant {
  /** What it does wrong, as a sentence about it would say. */
  readonly name: string;
  /** Rules that must fail on it, and that pass on a sound world in the same scenario. */
  readonly breaks: readonly [string, ...string[]];
  readonly scenario: Scenario;
  run(scenario: Scenario, seed: number): Trace;
}

/** A server that decides something wrongly. */
export const deciding =
  (defects: Defects): Mutant['run'] =>
  (scenario, seed) =>
    simulate(scenario, { seed, defects });

/** A server that runs another deployment than it was given. */
export const misreading =
  (misread: (deployment: ApacheDeployment) => ApacheDeployment): Mutant['run'] =>
  ({ deployment, steps }, seed) =>
    simulate({ deployment: misread(apacheOnly(deployment)), steps }, { seed });

/** The same, for a deployment of another server, which the mutant knows. */
export const running =
  (deployment: Deployment): Mutant['run'] =>
  ({ steps }, seed) =>
    simulate({ deployment, steps }, { seed });

/** A server that routes requests as if it had been given another deployment. */
export const misrouting = (misread: (deployment: ApacheDeployment) => ApacheDeployment): Mutant['run'] =>
  deciding({ routeOf: (deployment, to) => truth.routeOf(misread(deployment), to) });

/** A server that does what the simulator cannot be made to do: its trace is made from that of a sound one. */
export const distorting =
  (distort: (trace: Trace) => readonly (Happening & { readonly at: TraceEvent['at'] })[]): Mutant['run'] =>
  (scenario, seed) =>
    distort(simulate(scenario, { seed })).map((event, index) => ({ ...event, seq: index + 1 }));

/** All the situations of a deployment. */
export const everything = (deployment: ApacheDeployment): ApacheScenario => situations(deployment);

/** All the situations of a server of workers, and one of its endings. */
export const throughout = (deployment: WorkerDeployment, ending?: WorkerEnding): Scenario =>
  workerSituations(deployment, ending);

/** Applies a change to what the probe reports. */
export const reporting = (change: Decisions['reports']): Mutant['run'] => deciding({ reports: change });
