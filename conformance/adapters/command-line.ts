/** The command line by which a user names a server: words as a shell splits them, with places for what the kit decides. */

/** What the kit puts into a command line. */
export const placeholders = [
  'bind',
  'host',
  'port',
  'processes',
  'threads',
  'module',
  'callable',
  'script',
  'folder',
] as const;
export type Placeholder = (typeof placeholders)[number];

export interface CommandLine {
  /** With their placeholders still in them. */
  readonly words: readonly [string, ...string[]];
  readonly uses: ReadonlySet<Placeholder>;
}

export type ReadCommandLine =
  | { readonly kind: 'read'; readonly commandLine: CommandLine }
  | { readonly kind: 'rejected'; readonly message: string; readonly fix: string };

/** Splits as a POSIX shell does, without expanding anything; `{bind}` and the like are found in every word. */
export function readCommandLine(text: string): ReadCommandLine {
  const words = splitWords(text);
  if (words === null) return rejected('a quotation mark is not closed', 'close it');
  const [program, ...parameters] = words;
  if (program === undefined)
    return rejected('it is empty', "name a server: 'myserver --bind {bind} {module}:{callable}'");
  const named = [...text.matchAll(/\{([A-Za-z_-]+)\}/g)].map(([, name = '']) => name);
  const unknown = named.find((name) => !isPlaceholder(name));
  if (unknown !== undefined)
    return rejected(`there is no placeholder {${unknown}}`, `the placeholders are ${braced(placeholders)}`);
  const uses = new Set(named.filter(isPlaceholder));
  if (!uses.has('bind') && !uses.has('port'))
    return rejected('it does not say where to listen', 'put {bind}, or {host} and {port}, where the address belongs');
  if (!uses.has('module') && !uses.has('script'))
    return rejected(
      'it does not say what to run',
      'put {module}:{callable}, or {script}, where the application belongs',
    );
  return { kind: 'read', commandLine: { words: [program, ...parameters], uses } };
}

/** The words with a value in the place of each placeholder. */
export const filled = (
  { words }: CommandLine,
  values: Readonly<Record<Placeholder, string>>,
): readonly [string, ...string[]] => {
  const fill = (word: string): string =>
    word.replace(/\{([A-Za-z_-]+)\}/g, (as, name: string) => (isPlaceholder(name) ? values[name] : as));
  const [program, ...parameters] = words;
  return [fill(program), ...parameters.map(fill)];
};

export const braced = (names: readonly string[]): string => names.map((name) => `{${name}}`).join(' ');

const isPlaceholder = (name: string): name is Placeholder => placeholders.some((one) => one === name);
const rejected = (message: string, fix: string): ReadCommandLine => ({ kind: 'rejected', message, fix });

/** The words of a command line; null where a quotation is not closed. Source: POSIX, Shell Command Language, Quoting. */
export function splitWords(text: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i] ?? '';
    if (letter === "'" || letter === '"') {
      const end = closing(text, i);
      if (end < 0) return null;
      const inside = text.slice(i + 1, end);
      word = (word ?? '') + (letter === '"' ? inside.replace(/\\(["\\$`])/g, '$1') : inside);
      i = end;
    } else if (letter === '\\') {
      word = (word ?? '') + (text[++i] ?? '');
    } else if (/\s/.test(letter)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + letter;
  }
  return word === null ? words : [...words, word];
}

/** Where a quotation that opens at `from` closes; -1 is nowhere. */
function closing(text: string, from: number): number {
  const mark = text[from];
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === mark) return i;
    if (mark === '"' && text[i] === '\\') i++;
  }
  return -1;
}
