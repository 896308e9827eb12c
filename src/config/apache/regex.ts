/**
 * Whether PCRE would compile a pattern, as far as that shows without PCRE: brackets, groups and quantifiers. JavaScript's
 * own engine cannot be asked, since it refuses what PCRE takes (`(?i)`, `a++`) and takes what PCRE refuses (`a{,2}` as text).
 */

/** What is wrong with the pattern, or null. */
export function regexProblem(pattern: string): string | null {
  let depth = 0;
  let quantifiable = false;
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index];
    switch (character) {
      case '\\':
        if (index + 1 >= pattern.length) return 'it ends with a backslash';
        index++;
        quantifiable = true;
        break;
      case '[': {
        const end = classEnd(pattern, index);
        if (end === -1) return "'[' is never closed";
        index = end;
        quantifiable = true;
        break;
      }
      case '(':
        depth++;
        index += groupPrefix(pattern, index);
        quantifiable = false;
        break;
      case ')':
        if (--depth < 0) return "')' closes nothing";
        quantifiable = true;
        break;
      case '|':
      case '^':
        quantifiable = false;
        break;
      case '*':
      case '+':
      case '?':
      case '{': {
        const quantifier = /^(?:[*+?]|\{(?:\d+(?:,\d*)?|,\d+)\})[+?]?/.exec(pattern.slice(index))?.[0];
        if (quantifier === undefined) {
          quantifiable = true;
          break;
        }
        if (!quantifiable) return `'${quantifier}' has nothing to repeat`;
        index += quantifier.length - 1;
        quantifiable = quantifier.startsWith('{');
        break;
      }
      default:
        quantifiable = true;
    }
  }
  return depth > 0 ? "'(' is never closed" : null;
}

/** Whether JavaScript can run the pattern, which is what the prediction does. */
export function isPortable(pattern: string): boolean {
  try {
    new RegExp(pattern.replace(/^\(\?i\)/, ''));
    return true;
  } catch {
    return false;
  }
}

/** Index of the bracket that closes a class; a bracket right at its start is an ordinary character. */
function classEnd(pattern: string, start: number): number {
  let index = start + 1;
  if (pattern[index] === '^') index++;
  if (pattern[index] === ']') index++;
  for (; index < pattern.length; index++) {
    if (pattern[index] === '\\') index++;
    else if (pattern[index] === ']') return index;
    else if (pattern[index] === '[' && pattern[index + 1] === ':') {
      const named = pattern.indexOf(':]', index + 2);
      if (named !== -1) index = named + 1;
    }
  }
  return -1;
}

/** How many characters after `(` belong to it: `?:`, `?=`, `?i`, `?<name>`. */
const groupPrefix = (pattern: string, start: number): number =>
  /^(?:\?(?:[:=!>|]|<[=!]|P?<\w+>|'\w+'|[a-zA-Z^-]+(?=[:)])|#[^)]*))?/.exec(pattern.slice(start + 1))?.[0].length ?? 0;
