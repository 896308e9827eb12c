/** Values of Python, as far as settings of gunicorn can be checked without Python. */

export type PythonValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: number }
  | {
      readonly kind: 'str';
      readonly value: string;
      /** What gunicorn imports where the text names a function: null where only its own Python can tell. */
      readonly leads?: PythonValue | null | undefined;
    }
  /** A list, a tuple or a set. */
  | { readonly kind: 'list'; readonly items: readonly PythonValue[] }
  | { readonly kind: 'dict'; readonly size: number }
  /** `arity` counts the arguments that can be given by position. */
  | { readonly kind: 'function'; readonly name: string; readonly arity: number }
  /** With its module: `gunicorn.workers.sync.SyncWorker`. */
  | { readonly kind: 'class'; readonly name: string }
  | { readonly kind: 'other'; readonly type: string; readonly text: string };

export const none: PythonValue = { kind: 'none' };
export const str = (value: string): PythonValue => ({ kind: 'str', value });
export const int = (value: number): PythonValue => ({ kind: 'int', value });
export const bool = (value: boolean): PythonValue => ({ kind: 'bool', value });

/** As Python would write it, about. */
export function pythonText(value: PythonValue): string {
  switch (value.kind) {
    case 'none':
      return 'None';
    case 'bool':
      return value.value ? 'True' : 'False';
    case 'int':
      return String(value.value);
    case 'str':
      return `'${value.value}'`;
    case 'list':
      return `[${value.items.map(pythonText).join(', ')}]`;
    case 'dict':
      return value.size === 0 ? '{}' : '{…}';
    case 'function':
      return `${value.name}()`;
    case 'class':
      return value.name;
    case 'other':
      return value.text;
  }
}

/** Python's `int(text)`: decimal digits, with single underscores between them; null where it raises. */
export function intOf(text: string): number | null {
  const digits = /^[+-]?\d+(?:_\d+)*$/.exec(stripped(text));
  return digits ? Number(digits[0].replaceAll('_', '')) : null;
}

/** Python's `int(text, 0)`: as a number is written in Python itself, so that 010 is none. */
export function literalIntOf(text: string): number | null {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(stripped(text)) ?? [];
  const plain = /^(?:0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|[1-9](?:_?\d)*|0(?:_?0)*)$/.test(body);
  if (!plain) return null;
  const value = Number(body.replaceAll('_', ''));
  return sign === '-' ? 0 - value : value;
}

/** Python's `str.strip()`, but for a few separators that nobody writes. */
export const stripped = (text: string): string => text.trim();
