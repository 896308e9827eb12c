/**
 * Whether PCRE2 would compile a pattern. JavaScript's own engine cannot be asked: it refuses what PCRE takes (`(?i)`,
 * `a++`) and takes what PCRE refuses (`\8`, `\y`). Not checked: whether a lookbehind has a fixed length, whether a
 * condition has at most two branches, and the names of Unicode properties. Source: pcre2pattern(3), 10.42.
 */

/** What is wrong with the pattern, or null. */
export function regexProblem(pattern: string): string | null {
  try {
    new Scanner(pattern).scan();
    return null;
  } catch (problem) {
    if (problem instanceof PatternProblem) return problem.message;
    throw problem;
  }
}

/** Whether JavaScript can run the pattern, which is what the prediction does. */
export const isPortable = (pattern: string): boolean => portable(pattern) !== null;

/** Whether the pattern is found in the text; one that JavaScript cannot run is found nowhere. */
export const patternMatches = (pattern: string, text: string): boolean => portable(pattern)?.test(text) ?? false;

function portable(pattern: string): RegExp | null {
  try {
    return pattern.startsWith('(?i)') ? new RegExp(pattern.slice(4), 'i') : new RegExp(pattern);
  } catch {
    return null;
  }
}

class PatternProblem extends Error {}

const problem = (message: string): never => {
  throw new PatternProblem(message);
};

const posixClasses = /^\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit)$/;

/** Reads a pattern once from left to right; what refers to groups further on is checked at the end. */
class Scanner {
  readonly #pattern: string;
  #at = 0;
  #open = 0;
  #groups = 0;
  /** Whether a quantifier may follow. */
  #isRepeatable = false;
  readonly #names = new Set<string>();
  /** References by number, and by name; each with how it was written. */
  readonly #numbers: { readonly number: number; readonly text: string }[] = [];
  readonly #named: { readonly name: string; readonly text: string }[] = [];

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  scan(): void {
    // Settings for the whole pattern stand in front of everything.
    for (
      let verb = this.#take(/^\(\*[A-Z_0-9]+(?:=\d+)?\)/);
      verb !== null;
      verb = this.#take(/^\(\*[A-Z_0-9]+(?:=\d+)?\)/)
    )
      if (!leadingVerbs.test(verb)) problem(`${verb} is unknown`);
    while (this.#at < this.#pattern.length) this.#element();
    if (this.#open > 0) problem("'(' is never closed");
    for (const { number, text } of this.#numbers) if (number < 1 || number > this.#groups) this.#noGroup(text);
    for (const { name, text } of this.#named) if (!this.#names.has(name)) this.#noGroup(text);
  }

  #noGroup(text: string): void {
    problem(`${text} refers to a group that is not there`);
  }

  /** Takes what matches here, if anything does. */
  #take(expected: RegExp): string | null {
    const found = expected.exec(this.#pattern.slice(this.#at))?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #element(): void {
    const character = this.#pattern[this.#at];
    switch (character) {
      case '\\':
        this.#escape();
        return;
      case '[':
        this.#class();
        this.#isRepeatable = true;
        return;
      case '(':
        this.#group();
        return;
      case ')':
        if (--this.#open < 0) problem("')' closes nothing");
        break;
      case '|':
      case '^':
      case '$':
        this.#at++;
        this.#isRepeatable = false;
        return;
      default:
        if (this.#quantifier()) return;
    }
    this.#at++;
    this.#isRepeatable = true;
  }

  /** `{,3}` and other braces that hold no number first are ordinary characters. */
  #quantifier(): boolean {
    const quantifier = this.#take(/^(?:[*+?]|\{\d+(?:,\d*)?\})[+?]?/);
    if (quantifier === null) return false;
    if (!this.#isRepeatable) problem(`'${quantifier}' has nothing to repeat`);
    const [min = 0, max = min] = (quantifier.match(/\d+/g) ?? []).map(Number);
    if (min > 65_535 || max > 65_535) problem(`${quantifier} is too large`);
    if (min > max) problem(`${quantifier} has its numbers out of order`);
    this.#isRepeatable = false;
    return true;
  }

  #escape(): void {
    const quoted = this.#take(/^\\Q[\s\S]*?(?:\\E|$)/);
    if (quoted !== null) {
      if (quoted.replace(/^\\Q|\\E$/g, '') !== '') this.#isRepeatable = true;
      return;
    }
    if (this.#take(/^\\E/) !== null) return;
    if (this.#take(/^\\[bBAzZGK]/) !== null) {
      this.#isRepeatable = false;
      return;
    }
    if (!this.#reference()) this.#character();
    this.#isRepeatable = true;
  }

  /** `\1`, `\g1`, `\g{-1}`, `\g{name}`, `\k<name>`. */
  #reference(): boolean {
    const digits = this.#take(/^\\[1-9]\d*/);
    if (digits !== null) {
      const number = Number(digits.slice(1));
      // From 10 on it is a reference only if there are so many groups; otherwise it is octal, which has no 8 and no 9.
      if (number < 10 || /^\\[89]/.test(digits)) this.#numbers.push({ number, text: digits });
      return true;
    }
    const numbered = this.#take(/^\\g(?:[+-]?\d+|\{[+-]?\d+\})/);
    if (numbered !== null) {
      const number = Number(/[+-]?\d+/.exec(numbered)?.[0] ?? 0);
      const isRelative = /[+-]/.test(numbered);
      this.#numbers.push({ number: isRelative ? this.#relative(number) : number, text: numbered });
      return true;
    }
    const named = this.#take(/^\\(?:g\{[A-Za-z_]\w*\}|k(?:\{\w+\}|<\w+>|'\w+'))/);
    if (named !== null) {
      this.#named.push({ name: named.slice(3, -1), text: named });
      return true;
    }
    // Calls of a group: Oniguruma's way of writing them.
    const called = this.#take(/^\\g(?:<[+-]?\w+>|'[+-]?\w+')/);
    if (called !== null) this.#call(called.slice(3, -1), called);
    return called !== null;
  }

  #relative(number: number): number {
    return number < 0 ? this.#groups + number + 1 : this.#groups + number;
  }

  /** A character or a kind of character after a backslash. */
  #character(): void {
    const known = this.#take(
      /^\\(?:c[ -~]|x\{\s*[0-9a-fA-F]+\s*\}|x(?!\{)[0-9a-fA-F]{0,2}|o\{[0-7]+\}|0[0-7]{0,2}|p\{\^?[\w& ]+\}|P\{\^?[\w& ]+\}|[pP][CLMNPSZ]|N(?!\{(?!\d+(?:,\d*)?\}))|[aefnrtdDhHRsSvVwWXC]|[^A-Za-z0-9])/,
    );
    if (known !== null) return;
    const text = this.#pattern.slice(this.#at, this.#at + 2);
    problem(text === '\\' ? 'it ends with a backslash' : `${text} is no escape sequence`);
  }

  #class(): void {
    if (isNamedClass(this.#pattern.slice(this.#at)))
      problem('a named class such as [:alpha:] stands in another pair of brackets');
    // A bracket right at the start is an ordinary character.
    const start = this.#take(/^\[\^?\]?/) ?? '';
    let from: string | null = start.endsWith(']') ? ']' : null;
    while (this.#pattern[this.#at] !== ']') {
      if (this.#at >= this.#pattern.length) problem("'[' is never closed");
      if (!this.#isRange(from)) {
        from = this.#classItem();
        continue;
      }
      this.#at++;
      const to = this.#classItem();
      if (from === '' || to === '') problem('a range such as a-z lies between two characters');
      if (from !== null && from > to) problem('a range such as a-z runs upwards');
      from = null;
    }
    this.#at++;
  }

  #isRange(from: string | null): boolean {
    return from !== null && this.#pattern[this.#at] === '-' && ![']', undefined].includes(this.#pattern[this.#at + 1]);
  }

  /** One character of a class, or '' for a kind of characters. */
  #classItem(): string {
    const named = this.#take(/^\[(?::[^\]:]*:|\.[^\]]*\.|=[^\]]*=)\]/);
    if (named !== null) {
      if (!posixClasses.test(named.slice(2, -2)) || named[1] !== ':') problem(`${named} is unknown`);
      return '';
    }
    if (this.#pattern[this.#at] !== '\\') return this.#pattern[this.#at++] ?? '';
    const quoted = this.#take(/^\\Q[\s\S]*?(?:\\E|$)/);
    if (quoted !== null) return '';
    if (this.#take(/^\\E/) !== null) return '';
    const octal = this.#take(/^\\[0-9]{1,3}/);
    if (octal !== null) return String.fromCharCode(Number.parseInt(octal.slice(1), 8) || 0);
    const literal = this.#take(/^\\(?:[^A-Za-z0-9]|b)/);
    if (literal !== null) return literal === '\\b' ? '\b' : literal.slice(1);
    if (/^\\[BNRX]/.test(this.#pattern.slice(this.#at))) problem('that escape sequence is invalid in brackets');
    const before = this.#at;
    this.#character();
    const kind = this.#pattern.slice(before, this.#at);
    return /^\\[aefnrtxc]/.test(kind) ? controlCharacter(kind) : '';
  }

  #group(): void {
    if (this.#take(/^\(\?#[^)]*\)/) !== null) return;
    if (/^\(\?#/.test(this.#pattern.slice(this.#at))) problem('the comment is never closed');
    const verb = this.#take(/^\(\*[^)]*\)?/);
    if (verb !== null) {
      if (!verbs.test(verb)) problem(`${verb} is unknown`);
      this.#isRepeatable = false;
      return;
    }
    if (this.#callOrSetting()) return;
    const prefix =
      this.#take(/^\((?:\?(?:[:=!>|]|<[=!]|\^?[imsxnJUxa-]*:|P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)'))?/) ?? '(';
    if (this.#pattern[this.#at] === '?' && prefix === '(') this.#condition();
    const name = /[<'](\w+)[>']$/.exec(prefix)?.[1];
    if (name !== undefined) this.#names.add(name);
    if (prefix === '(' || name !== undefined) this.#groups++;
    this.#open++;
    this.#isRepeatable = false;
  }

  /** `(?(1)yes|no)`: the bracket of the condition is taken, its branches are left. */
  #condition(): void {
    const condition = this.#take(/^\?\((?:[+-]?\d+|R\d*|<\w+>|'\w+'|DEFINE|\w+)\)/);
    if (condition === null && !/^\?\(\?<?[=!]/.test(this.#pattern.slice(this.#at)))
      problem("what follows '(?' is unknown");
    if (condition === null) this.#at++;
    const number = condition === null ? undefined : /^\?\(([+-]?)(\d+)\)/.exec(condition);
    if (number) this.#numbers.push({ number: number[1] === '' ? Number(number[2]) : 1, text: `(${condition}` });
    // It is no group of its own: take back what an ordinary bracket would count.
    this.#groups--;
  }

  /** `(?1)`, `(?R)`, `(?&name)`, `(?P>name)`, `(?P=name)`, `(?i)`, `(?C1)`. */
  #callOrSetting(): boolean {
    const called = this.#take(/^\(\?(?:[+-]?\d+|R|&\w+|P>\w+|P=\w+)\)/);
    if (called !== null) {
      this.#call(called.replace(/^\(\?(?:&|P[>=])?|\)$/g, ''), called);
      this.#isRepeatable = true;
      return true;
    }
    if (this.#take(/^\(\?(?:\^[imsxnJU]*|[imsxnJU]*(?:-[imsxnJU]*)?|C\d*)\)/) === null) return false;
    this.#isRepeatable = false;
    return true;
  }

  #call(target: string, text: string): void {
    if (target === 'R' || target === '0') return;
    if (/^[+-]\d+$/.test(target)) this.#numbers.push({ number: this.#relative(Number(target)), text });
    else if (/^\d+$/.test(target)) this.#numbers.push({ number: Number(target), text });
    else this.#named.push({ name: target, text });
  }
}

const leadingVerbs =
  /^\(\*(?:UTF|UCP|NOTEMPTY|NOTEMPTY_ATSTART|NO_AUTO_POSSESS|NO_DOTSTAR_ANCHOR|NO_JIT|NO_START_OPT|CR|LF|CRLF|ANYCRLF|ANY|NUL|BSR_ANYCRLF|BSR_UNICODE|(?:LIMIT_HEAP|LIMIT_MATCH|LIMIT_DEPTH|LIMIT_RECURSION)=\d+|ACCEPT|FAIL|F|COMMIT|PRUNE|SKIP|THEN)\)$/;
const verbs = /^\(\*(?:ACCEPT|FAIL|F|COMMIT|PRUNE|SKIP|THEN)(?::[^)]*)?\)$|^\(\*(?:MARK)?:[^)]+\)$/;

const isNamedClass = (text: string): boolean => /^\[([:.=])(?:\\[\]\\]|(?!\[\1)[^\]])*?\1\]/.test(text);

const controlCharacter = (sequence: string): string => {
  if (sequence.startsWith('\\x'))
    return String.fromCharCode(Number.parseInt(sequence.replace(/[\\x{}]/g, ''), 16) || 0);
  if (sequence.startsWith('\\c')) return String.fromCharCode((sequence.toUpperCase().charCodeAt(2) ?? 64) ^ 64);
  return { a: '\x07', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t' }[sequence[1] ?? ''] ?? '';
};
