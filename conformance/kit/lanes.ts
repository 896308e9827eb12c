/** Work that mostly waits, some of it at the same time. */

/** Does the work of each value, so many at once, in their order. The first failure ends it, when the others under way are done. */
export async function inLanes<T>(
  values: readonly T[],
  lanes: number,
  work: (value: T) => Promise<void>,
): Promise<void> {
  const left = values[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (const value of left) await work(value);
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
