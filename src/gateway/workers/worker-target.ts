/** The gateway of a server of workers as the driver of the probe needs it. */
import { applicationsOf, type WorkerDeployment } from '../../../spec/deployment.ts';
import { onFileChange } from '../../../spec/machines/worker-terms.ts';
import type { TraceRecorder } from '../../../spec/trace-recorder.ts';
import { workersOf } from '../../../spec/workers.ts';
import { orAborted } from '../../probe/or-aborted.ts';
import { neighbourOf, rewriteScript } from '../../probe/script-damage.ts';
import { advanceModificationTime } from '../../probe/script-time.ts';
import type { Target } from '../../probe/target.ts';
import { isEvent } from '../trace-events.ts';
import type { WorkerGateway } from './worker-gateway.ts';

/** How long a replacement is waited for, in ms; one that never comes is for the rules to judge. */
const patience = 20_000;

/**
 * @param recorder - Hears what the gateway observes.
 * @param fileOf - The file that stands for a script.
 */
export const workerTarget = (
  gateway: WorkerGateway,
  deployment: WorkerDeployment,
  recorder: TraceRecorder,
  fileOf: (script: string) => string,
): Target => {
  /** Whoever looks at files looks about once a second; here the driver says what it changed. */
  const changed = (file: string, script: string): void => {
    const isScript = applicationsOf(deployment).some((application) => application.script === script);
    const because = onFileChange(deployment, file, isScript);
    if (because !== null) gateway.touched(because);
  };
  return {
    connect: (port) => ({ host: '127.0.0.1', port: gateway.ports.get(port) ?? port }),

    touch: async (script) => {
      const isScript = applicationsOf(deployment).some((application) => application.script === script);
      if (isScript) await advanceModificationTime(fileOf(script));
      changed(script, script);
    },

    rewrite: async (script, damage) => {
      await rewriteScript(fileOf(script), damage);
      changed(script, script);
    },

    touchModule: async (script) => {
      await advanceModificationTime(neighbourOf(fileOf(script)));
      changed(neighbourOf(script), script);
    },

    signal: (pid, signal) => {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },

    signalServer: async (signal, aborted) => {
      gateway.signal(signal);
      await bounded(aborted, (limit) => orAborted(gateway.whenSettled(), limit));
    },

    whenQueued: async (request, signal) => {
      await recorder.when(
        isEvent('request.queued', (event) => event.request === request),
        signal,
      );
    },

    whenReplaced: async ({ pid }, signal) => {
      const spawned = recorder.trace.findLast(isEvent('process.spawned', (event) => event.pid === pid));
      if (!spawned) return;
      const { areReplaced, processes } = workersOf(deployment);
      await bounded(signal, async (limit) => {
        await recorder.when(
          isEvent('process.exited', (event) => event.process === spawned.process),
          limit,
        );
        while (areReplaced && gateway.state !== 'stopped' && gateway.serving < processes.min) {
          const { length } = recorder.trace;
          await recorder.when(
            isEvent('process.ready', (event) => event.seq > length),
            limit,
          );
        }
      });
    },
  };
};

/** Waits no longer than the target's patience, and rejects only when the caller's own signal is aborted. */
async function bounded(signal: AbortSignal, wait: (limit: AbortSignal) => Promise<void>): Promise<void> {
  const enough = AbortSignal.timeout(patience);
  try {
    await wait(AbortSignal.any([signal, enough]));
  } catch (error) {
    if (signal.aborted || !enough.aborted) throw error;
  }
}
