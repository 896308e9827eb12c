/** Waiting for time to pass, where a server gives no event to wait for. */
import { setTimeout as delay } from 'node:timers/promises';

/** @throws the reason of `signal` when it is aborted first. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
