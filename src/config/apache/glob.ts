/** Names with `*`, `?` and `[…]`. Source: apr, apr_fnmatch.c. */

/** Whether the name holds a wildcard at all; a backslash takes the next character out of account. */
export function isGlob(name: string): boolean {
  let brackets = 0;
  for (let index = 0; index < name.length; index++) {
    const character = name[index];
    if (character === '*' || character === '?') return true;
    if (character === '\\') {
      index++;
      if (index >= name.length) return false;
    } else if (character === '[') brackets++;
    else if (character === ']' && brackets > 0) return true;
  }
  return false;
}

/** Whether one name in a directory matches; a leading dot must be written out. */
export function globMatches(glob: string, name: string): boolean {
  if (name.startsWith('.') && !glob.startsWith('.')) return false;
  return matchesFrom(glob, 0, name, 0);
}

function matchesFrom(glob: string, g: number, name: string, n: number): boolean {
  let star = -1;
  let mark = 0;
  let at = g;
  let here = n;
  while (here < name.length) {
    const step = at < glob.length && glob[at] !== '*' ? matchOne(glob, at, name[here] ?? '') : null;
    if (step !== null) {
      at = step;
      here++;
    } else if (glob[at] === '*') {
      star = at++;
      mark = here;
    } else if (star !== -1) {
      at = star + 1;
      here = ++mark;
    } else return false;
  }
  while (glob[at] === '*') at++;
  return at === glob.length;
}

/** Where the pattern goes on if its next element matches the character; null if it does not. */
function matchOne(glob: string, at: number, character: string): number | null {
  const element = glob[at];
  if (element === '?') return at + 1;
  if (element === '\\' && at + 1 < glob.length) return glob[at + 1] === character ? at + 2 : null;
  if (element !== '[') return element === character ? at + 1 : null;
  const end = glob.indexOf(']', at + 2);
  if (end === -1) return element === character ? at + 1 : null;
  const negated = glob[at + 1] === '!' || glob[at + 1] === '^';
  const set = glob.slice(at + (negated ? 2 : 1), end);
  return inSet(set, character) === negated ? null : end + 1;
}

function inSet(set: string, character: string): boolean {
  for (let index = 0; index < set.length; index++) {
    const from = set[index] ?? '';
    const to = set[index + 1] === '-' && index + 2 < set.length ? (set[index + 2] ?? '') : from;
    if (from <= character && character <= to) return true;
    if (to !== from) index += 2;
  }
  return false;
}
