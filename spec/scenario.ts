/**
 * What is done to a server. Steps are ordered by cause, never by the clock, so that the same scenario means the same on
 * a simulator and on real processes: a held request is known to be inside the application before the next step is taken.
 */
import type { Deployment } from './deployment.ts';
import type { ApacheDeployment } from './deployments/apache.ts';
import { programs } from './programs.ts';
import type { Act, Address, Behaviour } from './trace.ts';
import type { Millis, RequestId } from './vocabulary.ts';

export type { Behaviour } from './trace.ts';

/** `D` is the deployment that a world can run. */
export interface Scenario<D extends Deployment = Deployment> {
  readonly deployment: D;
  readonly steps: readonly Step[];
  /** Taken after the others, each decided when the one before is over: for whoever looks before going on. */
  readonly further?: AsyncIterable<Step>;
}

export type ApacheScenario = Scenario<ApacheDeployment>;

/** The method of a request that asks for this: POST where it has a body. */
export function methodOf(behave: Behaviour | null | undefined): 'GET' | 'POST' {
  const hasBody = behave?.kind === 'perform' ? programs[behave.program].body !== null : behave?.kind === 'send-body';
  return hasBody ? 'POST' : 'GET';
}

/** The requests that are the last to name their connection. */
export function closingRequests({ steps }: Scenario): ReadonlySet<RequestId> {
  const last = new Map<string, RequestId>();
  for (const step of steps)
    if (step.do === 'request' && step.connection !== undefined) last.set(step.connection, step.request);
  return new Set(last.values());
}

export type Step =
  /**
   * Sends a request to the probe and waits for its whole response. Requests that name the same connection go by one
   * connection as long as the server keeps it open; the last of them closes it. Others have a connection each.
   */
  | {
      readonly do: 'request';
      readonly request: RequestId;
      readonly to: Address;
      readonly behave?: Behaviour;
      readonly connection?: string;
    }
  /** Sends a request and waits until the application holds it; it stays there until released. */
  | { readonly do: 'hold'; readonly request: RequestId; readonly to: Address }
  /**
   * Sends a request that will be held if it gets in, and goes on as soon as the world says it waits in a queue or,
   * where the world cannot say, after `queue patience` of that world. While an import stalls it goes on at once.
   */
  | { readonly do: 'crowd'; readonly request: RequestId; readonly to: Address }
  /**
   * Waits until a request has its outcome, but no longer than this, in ms: for what only time decides. What has its outcome
   * early does not keep the scenario waiting.
   */
  | { readonly do: 'await-outcome'; readonly request: RequestId; readonly atMost: Millis }
  /** Nothing is done for so long, in ms: for what becomes of processes that have nothing to do. */
  | { readonly do: 'rest'; readonly ms: Millis }
  /** Waits until a script that was made to stall is being imported, but no longer than this, in ms. */
  | { readonly do: 'await-import'; readonly script: string; readonly atMost: Millis }
  /** Lets held or crowding requests go and waits until each has its response. */
  | { readonly do: 'release'; readonly requests: readonly RequestId[] }
  | { readonly do: 'act'; readonly act: Act }
  /** Waits until the process that answered `processOf` is gone and, in a daemon group, its replacement is ready. */
  | { readonly do: 'await-replacement'; readonly processOf: RequestId };
