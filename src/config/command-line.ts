/**
 * A command line that starts a server, taken apart as a shell would: `WEB_CONCURRENCY=3 gunicorn -w 4 shop.wsgi`. Quotes,
 * backslashes and variables are read; nothing is run, and reading ends where a shell would begin another command.
 */

/** One word, with the column of its first character, from 1. */
export interface Word {
  readonly text: string;
  readonly column: number;
}

export const commandServers = ['gunicorn', 'uwsgi'] as const;
export type CommandServer = (typeof commandServers)[number];

export interface CommandLine {
  readonly server: CommandServer;
  /** Assignments in front of the command. */
  readonly assigned: Readonly<Record<string, string>>;
  /** What the server is given, without its own name. */
  readonly words: readonly Word[];
}

/** What messages call it, in the place of a file. */
export const commandLineName = 'command line';

const programs: Readonly<Record<string, CommandServer>> = {
  gunicorn: 'gunicorn',
  gunicorn3: 'gunicorn',
  uwsgi: 'uwsgi',
  'uwsgi-core': 'uwsgi',
};

/** Commands that run the words behind them, and the words that belong to them. */
const wrappers: readonly (readonly string[])[] = [
  ['exec'],
  ['env'],
  ['nohup'],
  ['poetry', 'run'],
  ['pipenv', 'run'],
  ['uv', 'run'],
];

/**
 * @param environment - Where variables are looked up, before the assignments in front of the command count.
 * @returns null if it starts neither gunicorn nor uWSGI.
 */
export function readCommandLine(
  text: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): CommandLine | null {
  const words = splitWords(text, environment);
  const assigned: Record<string, string> = {};
  let at = 0;
  for (;;) {
    const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(words[at]?.text ?? '');
    if (assignment) {
      assigned[assignment[1] ?? ''] = assignment[2] ?? '';
      at += 1;
      continue;
    }
    const wrapper = wrappers.find((names) => names.every((name, index) => words[at + index]?.text === name));
    if (!wrapper) break;
    at += wrapper.length;
  }
  const program = nameOf(words[at]?.text ?? '');
  if (/^(?:python|pypy)[\d.]*$/.test(program) && words[at + 1]?.text === '-m') {
    const [module = ''] = (words[at + 2]?.text ?? '').split('.');
    return module === 'gunicorn' ? { server: 'gunicorn', assigned, words: words.slice(at + 3) } : null;
  }
  const server = Object.hasOwn(programs, program) ? programs[program] : undefined;
  return server === undefined ? null : { server, assigned, words: words.slice(at + 1) };
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * The words of one simple command. Source: POSIX, Shell Command Language, 2.2 Quoting and 2.6 Word Expansions. What only a
 * running shell can know, such as the output of a command, stays as it is written.
 */
function splitWords(text: string, environment: Readonly<Record<string, string | undefined>>): readonly Word[] {
  const words: Word[] = [];
  let word: { text: string; readonly column: number } | null = null;
  let at = 0;
  const add = (piece: string): void => {
    word ??= { text: '', column: at + 1 };
    word.text += piece;
  };
  const end = (): void => {
    if (word) words.push(word);
    word = null;
  };
  while (at < text.length) {
    const character = text.charAt(at);
    if (/\s/.test(character)) {
      end();
      at += 1;
    } else if (character === "'") {
      const close = text.indexOf("'", at + 1);
      const stop = close < 0 ? text.length : close;
      add(text.slice(at + 1, stop));
      at = stop + 1;
    } else if (character === '"') {
      add('');
      at += 1;
      while (at < text.length && text.charAt(at) !== '"') {
        const { piece, length } = text.charAt(at) === '\\' ? escaped(text, at) : expanded(text, at, environment);
        add(piece);
        at += length;
      }
      at += 1;
    } else if (character === '\\') {
      // A backslash before a line break joins the lines.
      if (text.charAt(at + 1) !== '\n') add(text.charAt(at + 1));
      at += 2;
    } else if (/[;&|<>()]/.test(character) || (character === '#' && word === null)) {
      break;
    } else {
      const { piece, length } = expanded(text, at, environment);
      add(piece);
      at += length;
    }
  }
  end();
  return words;
}

interface Piece {
  readonly piece: string;
  /** How many characters of the text it stands for. */
  readonly length: number;
}

/** Inside double quotes a backslash is a character like any other unless one of these follows. */
function escaped(text: string, at: number): Piece {
  const next = text.charAt(at + 1);
  if (next === '\n') return { piece: '', length: 2 };
  return /["\\$`]/.test(next) ? { piece: next, length: 2 } : { piece: '\\', length: 1 };
}

/** A variable: `$NAME`, `${NAME}` or `${NAME:-otherwise}`; any other character stands for itself. */
function expanded(text: string, at: number, environment: Readonly<Record<string, string | undefined>>): Piece {
  const variable = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-([^}]*))?\})/.exec(text.slice(at, at + 4096));
  if (!variable) return { piece: text.charAt(at), length: 1 };
  const [whole, bare, braced, otherwise = ''] = variable;
  const value = environment[bare ?? braced ?? ''];
  return { piece: value === undefined || (value === '' && otherwise !== '') ? otherwise : value, length: whole.length };
}
