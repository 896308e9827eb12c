/** Every rule reads the same run: what pure functions say about it is worked out once. */
import type { Trace } from '../trace.ts';

/** A function of a trace that remembers its answer while the trace lives, and until the trace grows. */
export function rememberedByTrace<V>(read: (trace: Trace) => V): (trace: Trace) => V {
  const known = new WeakMap<Trace, { readonly length: number; readonly value: V }>();
  return (trace) => {
    const before = known.get(trace);
    if (before?.length === trace.length) return before.value;
    const value = read(trace);
    known.set(trace, { length: trace.length, value });
    return value;
  };
}

/** A function of an object and a text that remembers its answers while the object lives. */
export function rememberedByText<K extends WeakKey, V>(
  answer: (about: K, text: string) => V,
): (about: K, text: string) => V {
  const known = new WeakMap<K, Map<string, V>>();
  return (about, text) => {
    const ofOne = known.get(about) ?? new Map<string, V>();
    known.set(about, ofOne);
    const before = ofOne.get(text);
    if (before !== undefined) return before;
    const value = answer(about, text);
    ofOne.set(text, value);
    return value;
  };
}
