/** The methods that nested Limit and LimitExcept leave. Source: httpd 2.4.x, core.c, `ap_limit_section`. */

/** The named methods, or all but the named ones; there is no end of methods. */
export interface MethodSet {
  readonly isAllBut: boolean;
  readonly names: ReadonlySet<string>;
}

export const allMethods: MethodSet = { isAllBut: true, names: new Set() };

/** HEAD is GET to Apache. */
export const methodSet = (names: readonly string[], isAllBut: boolean): MethodSet => ({
  isAllBut,
  names: new Set(names.map((name) => (name === 'HEAD' ? 'GET' : name))),
});

export function intersection(a: MethodSet, b: MethodSet): MethodSet {
  if (a.isAllBut && b.isAllBut) return { isAllBut: true, names: new Set([...a.names, ...b.names]) };
  const [few, other] = a.isAllBut ? [b, a] : [a, b];
  return { isAllBut: false, names: new Set([...few.names].filter((name) => has(other, name))) };
}

export const isNone = (set: MethodSet): boolean => !set.isAllBut && set.names.size === 0;

export const isSame = (a: MethodSet, b: MethodSet): boolean =>
  a.isAllBut === b.isAllBut && a.names.size === b.names.size && [...a.names].every((name) => b.names.has(name));

const has = (set: MethodSet, name: string): boolean => set.names.has(name) !== set.isAllBut;
