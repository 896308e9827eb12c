/** The gateway as the driver of the probe needs it. What a black box must be asked again and again, its trace tells. */
import { apacheSignal } from '../../spec/trace.ts';
import type { TraceRecorder } from '../../spec/trace-recorder.ts';
import { orAborted } from '../probe/or-aborted.ts';
import { neighbourOf, rewriteScript } from '../probe/script-damage.ts';
import { advanceModificationTime } from '../probe/script-time.ts';
import type { Target } from '../probe/target.ts';
import type { Gateway } from './gateway.ts';
import { isEvent } from './trace-events.ts';

/** How long a replacement is waited for, in ms; one that never comes is for the rules to judge. */
const patience = 20_000;

/**
 * @param recorder - Hears what the gateway observes.
 * @param fileOf - The file that stands for a script.
 */
export const gatewayTarget = (
  gateway: Gateway,
  recorder: TraceRecorder,
  fileOf: (script: string) => string,
): Target => ({
  connect: (port) => ({ host: '127.0.0.1', port: gateway.ports.get(port) ?? port }),

  touch: (script) => advanceModificationTime(fileOf(script)),

  rewrite: (script, damage) => rewriteScript(fileOf(script), damage),

  touchModule: (script) => advanceModificationTime(neighbourOf(fileOf(script))),

  signal: (pid, signal) => {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  },

  signalServer: async (signal, aborted) => {
    const understood = apacheSignal(signal);
    gateway.signal(understood);
    const enough = AbortSignal.timeout(patience);
    try {
      await orAborted(gateway.whenSignalled(understood), AbortSignal.any([aborted, enough]));
    } catch (error) {
      if (aborted.aborted || !enough.aborted) throw error;
    }
  },

  whenQueued: async (request, signal) => {
    const decided = new AbortController();
    const until = AbortSignal.any([signal, decided.signal]);
    const queued = recorder.when(
      isEvent('request.queued', (event) => event.request === request),
      until,
    );
    // Beyond all workers nobody reads the request: that it is this one's connection, only its sender knows.
    const unread = gateway.whenConnectionWaits(until).then(() => {
      recorder.record({ kind: 'request.queued', request, processGroup: '' });
    });
    try {
      await Promise.race([queued, unread]);
    } finally {
      decided.abort();
      await Promise.allSettled([queued, unread]);
    }
  },

  whenReplaced: async ({ pid }, signal) => {
    const spawned = recorder.trace.findLast(isEvent('process.spawned', (event) => event.pid === pid));
    if (!spawned) return;
    const enough = AbortSignal.timeout(patience);
    const limit = AbortSignal.any([signal, enough]);
    try {
      const exited = await recorder.when(
        isEvent('process.exited', (event) => event.process === spawned.process),
        limit,
      );
      if (spawned.processGroup === '') return;
      const next = await recorder.when(
        isEvent('process.spawned', (event) => event.seq > exited.seq && event.processGroup === spawned.processGroup),
        limit,
      );
      await recorder.when(
        isEvent('process.ready', (event) => event.process === next.process),
        limit,
      );
    } catch (error) {
      if (signal.aborted || !enough.aborted) throw error;
    }
  },
});
