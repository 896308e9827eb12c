/**
 * `for` and `if` of a configuration: every option up to the end of the block is taken once for each item, or only where the
 * condition holds. A block that is not closed reaches to the end of everything, over files too.
 * Source: uWSGI 2.0, core/config.c, uwsgi_logic_opt_*; core/uwsgi.c, the options themselves.
 */
import { globMatches, isGlob } from '../apache/glob.ts';
import { atoi } from '../apache/numbers.ts';
import { absolute, directoryOf, nameOf } from './paths.ts';
import type { Reading } from './reading.ts';

/** What the options of a block become. */
export interface Block {
  readonly name: string;
  /** What `%(_)` stands for in each taking of an option: none is left out, null leaves `%(_)` as it is. */
  readonly items: (reading: Reading, optionOf: (name: string) => string | null) => readonly (string | null)[];
}

export const blockEnds: ReadonlySet<string> = new Set(['end', 'endfor', 'endif', 'end-if', 'end-for']);

/** The block that an option opens, or null if it opens none. */
export function blockOf(name: string, argument: string): Block | null {
  const condition = conditions[name];
  if (condition)
    return {
      name,
      items: (reading, optionOf) => {
        const held = condition(argument, reading, optionOf);
        return held.holds ? [held.item] : [];
      },
    };
  const loop = loops[name];
  return loop ? { name, items: (reading) => loop(argument, reading) } : null;
}

interface Held {
  readonly holds: boolean;
  readonly item: string | null;
}

type Condition = (argument: string, reading: Reading, optionOf: (name: string) => string | null) => Held;

/** `NAME` is there, or has the value behind `=`. */
const hasValue = (argument: string, lookUp: (name: string) => string | null): Held => {
  const equals = argument.indexOf('=');
  const value = lookUp(equals < 0 ? argument : argument.slice(0, equals));
  return { holds: value !== null && (equals < 0 || argument.slice(equals + 1) === value), item: value };
};

const not =
  (condition: Condition): Condition =>
  (...asked) => {
    const { holds, item } = condition(...asked);
    return { holds: !holds, item };
  };

const option: Condition = (argument, _reading, optionOf) => hasValue(argument, optionOf);
const environment: Condition = (argument, { environment: variables }) =>
  hasValue(argument, (name) => variables[name] ?? null);
const always: Condition = () => ({ holds: true, item: null });

const path =
  (kinds: readonly string[]): Condition =>
  (argument, { source, workingDirectory }) => ({
    holds: kinds.includes(source.kind(absolute(argument, workingDirectory))),
    item: argument,
  });
const exists = path(['file', 'directory', 'unreadable']);
const isFile = path(['file', 'unreadable']);
const isDirectory = path(['directory']);

const hostname: Condition = (argument, { machine }) => ({ holds: machine.hostname === argument, item: argument });
/** Python and the router of HTTP are taken to be there, in the program or loaded. */
const plugin: Condition = (argument) => ({ holds: /^(?:python3?|http|gevent)$/.test(argument), item: argument });

const conditions: Readonly<Record<string, Condition>> = {
  'if-opt': option,
  'if-not-opt': not(option),
  'if-env': environment,
  ifenv: environment,
  'if-not-env': not(environment),
  'if-reload': not(always),
  'if-not-reload': always,
  'if-hostname': hostname,
  'if-not-hostname': not(hostname),
  'if-exists': exists,
  ifexists: exists,
  'if-not-exists': not(exists),
  'if-plugin': plugin,
  ifplugin: plugin,
  'if-not-plugin': not(plugin),
  'if-file': isFile,
  'if-not-file': not(isFile),
  'if-dir': isDirectory,
  ifdir: isDirectory,
  'if-directory': isDirectory,
  'if-not-dir': not(isDirectory),
};

const loops: Readonly<Record<string, (argument: string, reading: Reading) => readonly string[]>> = {
  for: (argument) => argument.split(' ').filter(Boolean),
  'for-times': (argument) => {
    // The real server goes on for as long as it takes; a thousand are enough to see what comes of it.
    const times = Math.min(atoi(argument).value, 1000);
    return Array.from({ length: Math.max(times, 0) }, (_, index) => String(index + 1));
  },
  'for-readline': (argument, { source, workingDirectory }) => {
    const text = source.read(absolute(argument, workingDirectory));
    return text === null
      ? []
      : text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => line.replace(/\r+$/, ''));
  },
  'for-glob': (argument, reading) => filesMatching(argument, reading),
};

/** The paths that a pattern stands for, in order; the pattern itself where there are none. Wildcards in its last part only. */
export function filesMatching(pattern: string, { source, workingDirectory }: Reading): readonly string[] {
  if (!isGlob(pattern)) return [pattern];
  const folder = pattern.includes('/') ? directoryOf(pattern) : '';
  const names = (source.list(absolute(folder, workingDirectory)) ?? []).filter((name) =>
    globMatches(nameOf(pattern), name),
  );
  const paths = names.toSorted().map((name) => {
    const found = folder === '' ? name : `${folder === '/' ? '' : folder}/${name}`;
    return source.kind(absolute(found, workingDirectory)) === 'directory' ? `${found}/` : found;
  });
  return paths.length > 0 ? paths : [pattern];
}
