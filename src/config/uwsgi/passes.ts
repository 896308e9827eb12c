/**
 * The placeholders of options, replaced once all options are known: `$(NAME)` by the environment, then `@(file)` by what
 * stands in a file, then `%(option)` by the value of another option, with a little arithmetic.
 * Source: uWSGI 2.0, core/config.c, uwsgi_apply_config_pass and uwsgi_manage_placeholder.
 */

/**
 * Replaces every `SYMBOL(name)`, the newly written ones too. What has no value stays as it is.
 * @param limit - The most replacements in one value: uWSGI has none, and never ends where a value names itself.
 * @returns null where the limit was reached.
 */
export function replaceAll(
  value: string,
  symbol: '$' | '@' | '%',
  lookUp: (name: string) => string | null,
  limit = 1000,
): string | null {
  let text = value;
  let replaced = 0;
  let from = 0;
  for (;;) {
    const open = text.indexOf(`${symbol}(`, from);
    if (open < 0) return text;
    const close = closing(text, open + 2);
    if (close < 0) return text;
    const name = text.slice(open + 2, close);
    const with_ = name === '' ? null : lookUp(name);
    if (with_ === null) {
      from = close + 1;
      continue;
    }
    text = text.slice(0, open) + with_ + text.slice(close + 1);
    // uWSGI goes back to the start of the value and looks from the second character on.
    from = 1;
    if (++replaced >= limit || text.length > 1_000_000) return null;
  }
}

/** The parenthesis that closes the one before `from`; those in between are counted. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let index = from; index < text.length; index++) {
    const character = text[index];
    if (character === '(') depth++;
    else if (character === ')') {
      if (depth === 0) return index;
      depth--;
    }
  }
  return -1;
}

/**
 * `%(processes * 2)`: words are put together from left to right; an operator works on what there is so far and the word
 * behind it. A word that is neither a number nor an option is empty.
 */
export function placeholder(key: string, optionOf: (name: string) => string | null): string | null {
  if (!key.includes(' ')) return optionOf(key);
  let current: string | null = null;
  let state = '';
  for (const word of key.split(' ').filter(Boolean)) {
    if (/^[-+*/]$/.test(word)) {
      state = word;
      continue;
    }
    if (word === '++' || word === '--') {
      if (current !== null) current = String(BigInt.asIntN(64, integer(current) + (word === '++' ? 1n : -1n)));
      state = '';
      continue;
    }
    const value = /^[0-9]*$/.test(word) ? word : (optionOf(word) ?? '');
    current = state === '' ? (current ?? '') + value : String(calculate(state, integer(current ?? ''), integer(value)));
    state = '';
  }
  return current;
}

function calculate(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return BigInt.asIntN(64, a + b);
    case '-':
      return BigInt.asIntN(64, a - b);
    case '*':
      return BigInt.asIntN(64, a * b);
    default:
      return b === 0n ? 0n : a / b;
  }
}

/** C's strtoll, without its bounds. */
const integer = (text: string): bigint => BigInt(/^\s*\+?(-?[0-9]+)/.exec(text)?.[1] ?? '0');
