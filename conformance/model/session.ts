/** A server that takes one step at a time, so that what it did can be looked at before the next step is chosen. */
import type { Deployment } from '../../spec/deployment.ts';
import type { Step } from '../../spec/scenario.ts';
import type { Trace, TraceEvent } from '../../spec/trace.ts';
import type { World } from '../../spec/world.ts';

export interface Session {
  /** All that was done, in order. */
  readonly steps: readonly Step[];
  /** What was seen up to now. */
  readonly trace: Trace;
  /** Takes a step, and settles when it is over. */
  take(step: Step): Promise<void>;
  /** Lets go of what is held, and stops the server. @returns all that was seen. */
  end(): Promise<Trace>;
}

/** A world that is the same each time goes on by beginning again. */
export function repeated(run: (steps: readonly Step[]) => Trace | Promise<Trace>): Session {
  const steps: Step[] = [];
  let trace: Trace = [];
  return {
    steps,
    get trace() {
      return trace;
    },
    take: async (step) => {
      steps.push(step);
      trace = await run(steps);
    },
    end: async () => trace,
  };
}

/**
 * Starts a server, and keeps it until the session ends.
 * @param world - Makes the world, which tells each event as it is recorded.
 */
export function live(
  deployment: Deployment,
  world: (onEvent: (event: TraceEvent) => void) => Pick<World, 'run'>,
  signal?: AbortSignal,
): Session {
  const steps: Step[] = [];
  const trace: TraceEvent[] = [];
  let give: ((step: Step | null) => void) | undefined;
  let isWaiting: (() => void) | undefined;
  let waiting = new Promise<void>((resolve) => {
    isWaiting = resolve;
  });
  async function* further(): AsyncGenerator<Step> {
    for (;;) {
      const next = new Promise<Step | null>((resolve) => {
        give = resolve;
      });
      isWaiting?.();
      const step = await next;
      if (step === null) return;
      yield step;
    }
  }
  const running = world((event) => trace.push(event)).run({ deployment, steps: [], further: further() }, signal);
  const asked = async (step: Step | null): Promise<void> => {
    await Promise.race([waiting, running]);
    waiting = new Promise<void>((resolve) => {
      isWaiting = resolve;
    });
    give?.(step);
  };
  running.catch(() => {});
  return {
    steps,
    trace,
    take: async (step) => {
      await asked(step);
      steps.push(step);
      await Promise.race([waiting, running]);
    },
    end: async () => {
      await asked(null);
      return running;
    },
  };
}
