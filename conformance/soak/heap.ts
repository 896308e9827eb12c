/** How much of the heap is in use when everything that could be collected was. */
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects garbage, whether or not the program was started with `--expose-gc`. */
const collect: () => void = (() => {
  setFlagsFromString('--expose-gc');
  return globalThis.gc ?? runInNewContext('gc');
})();

/** Bytes in use; what finalizers and closed handles let go of is collected as well. */
export async function collectedHeap(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    await setImmediate();
    collect();
  }
  return process.memoryUsage().heapUsed;
}
