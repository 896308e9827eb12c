/**
 * The arguments of gunicorn, as Python's argparse takes them apart: flags in any place, shortened as long as it is clear
 * which one is meant, with `=` or without, several short ones in one word.
 * Source: CPython 3.11, argparse.py, `_parse_known_args` and `_parse_optional`; gunicorn, config.py, `Config.parser`.
 */
import type { GunicornRelease } from '../../../spec/deployments/gunicorn.ts';
import { type GunicornSetting, gunicornSettings } from '../../../spec/options/gunicorn-settings.ts';
import type { Word } from '../command-line.ts';
import { bool, int, intOf, literalIntOf, none, type PythonValue, str } from './python-value.ts';

/** A setting that was given a value; `column` is where the value, or the flag without one, begins. */
export interface Given {
  readonly name: string;
  readonly value: PythonValue;
  readonly column: number;
}

export type Arguments =
  | {
      readonly kind: 'parsed';
      /** Each setting once, in the order of their first flags: what was repeated is a list, or the last one. */
      readonly given: readonly Given[];
      readonly positionals: readonly Word[];
    }
  /** `--help` or `--version` stood before anything wrong. */
  | { readonly kind: 'exits'; readonly flag: string; readonly column: number }
  | { readonly kind: 'refused'; readonly message: string; readonly column: number };

export function parseArguments(words: readonly Word[], release: GunicornRelease): Arguments {
  try {
    return parsed(words, flagsOf(release));
  } catch (error) {
    if (error instanceof Stop) return error.arguments;
    throw error;
  }
}

/** Ends the parsing at once, as argparse ends the program. */
class Stop extends Error {
  readonly arguments: Arguments;

  constructor(outcome: Arguments) {
    super();
    this.arguments = outcome;
  }
}

const refuse = (column: number, message: string): never => {
  throw new Stop({ kind: 'refused', message, column });
};

type Flag =
  | { readonly kind: 'setting'; readonly setting: GunicornSetting }
  | { readonly kind: 'exit'; readonly name: string };

const flagsOf = (release: GunicornRelease): ReadonlyMap<string, Flag> =>
  new Map<string, Flag>([
    ...['-h', '--help'].map((flag) => [flag, { kind: 'exit', name: 'help' }] as const),
    ...['-v', '--version'].map((flag) => [flag, { kind: 'exit', name: 'version' }] as const),
    ...gunicornSettings
      .filter((setting) => setting.releases.includes(release))
      .flatMap((setting) => setting.flags.map((flag) => [flag, { kind: 'setting', setting }] as const)),
  ]);

/** A word that argparse takes for a flag: which one, and what is attached to it. */
interface Optional {
  readonly flag: Flag | null;
  readonly spelled: string;
  readonly attached: { readonly text: string; readonly column: number } | null;
}

function parsed(words: readonly Word[], flags: ReadonlyMap<string, Flag>): Arguments {
  const end = words.findIndex((word) => word.text === '--');
  const isFlagless = (index: number): boolean => end >= 0 && index >= end;
  const optionals = words.map((word, index) => (isFlagless(index) ? null : optionalOf(word, flags)));
  const given = new Map<string, Given>();
  const extras: Word[] = [];
  let positionals: readonly Word[] | null = null;
  let at = 0;
  // There is one list of positional arguments, and it takes the first words that stand together.
  const takePositionals = (): void => {
    const stop = optionals.findIndex((optional, index) => index >= at && optional !== null);
    const found = words.slice(at, stop < 0 ? words.length : stop);
    if (positionals === null && (found.length > 0 || stop < 0)) {
      const marker = found.findIndex((word) => word.text === '--');
      positionals = found.filter((_, index) => index !== marker);
    } else extras.push(...found);
    at += found.length;
  };
  const last = optionals.findLastIndex((optional) => optional !== null);
  while (at <= last) {
    const optional = optionals[at];
    if (optional === null || optional === undefined) takePositionals();
    else at = takeFlag(optional, at);
  }
  takePositionals();
  const [unknown] = extras;
  if (unknown) refuse(unknown.column, `unrecognized arguments: ${extras.map((word) => word.text).join(' ')}`);
  return { kind: 'parsed', given: [...given.values()], positionals: positionals ?? [] };

  function takeFlag(first: Optional, index: number): number {
    const word = words[index];
    const column = word?.column ?? 1;
    let { flag, spelled, attached } = first;
    for (;;) {
      if (flag === null) {
        if (word) extras.push(word);
        return index + 1;
      }
      const takesNothing = flag.kind === 'exit' || /^store_/.test(flag.setting.action);
      if (attached === null) {
        if (takesNothing) {
          use(flag, null, column);
          return index + 1;
        }
        const next = words[index + 1];
        const isArgument = next !== undefined && optionals[index + 1] === null && next.text !== '--';
        if (isArgument) {
          use(flag, next, next.column);
          return index + 2;
        }
        if (flag.kind === 'setting' && flag.setting.action === 'optional') {
          use(flag, null, column);
          return index + 1;
        }
        return refuse(column, `argument ${namesOf(flag)}: expected one argument`);
      }
      if (!takesNothing) {
        // argparse strikes the first -- out of what an option gets, and no setting takes the empty list that is left.
        if (attached.text === '--') return refuse(attached.column, `argument ${namesOf(flag)}: '--' is no value of it`);
        use(flag, attached, attached.column);
        return index + 1;
      }
      // What is attached to a short flag that takes nothing is further short flags.
      if (spelled.startsWith('--') || attached.text === '')
        return refuse(column, `argument ${namesOf(flag)}: ignored explicit argument '${attached.text}'`);
      const next: string = `-${attached.text.charAt(0)}`;
      const following = flags.get(next);
      if (!following) return refuse(column, `argument ${namesOf(flag)}: ignored explicit argument '${attached.text}'`);
      use(flag, null, column);
      const rest: string = attached.text.slice(1);
      flag = following;
      spelled = next;
      attached = rest === '' ? null : { text: rest, column: attached.column + 1 };
    }
  }

  function use(flag: Flag, argument: { readonly text: string } | null, column: number): void {
    if (flag.kind === 'exit') throw new Stop({ kind: 'exits', flag: flag.name, column });
    const { setting } = flag;
    const value = argument === null ? withoutArgument(setting) : readArgument(setting, argument.text, column);
    const before = given.get(setting.name);
    if (setting.action !== 'append') given.set(setting.name, { name: setting.name, value, column });
    else if (before?.value.kind === 'list')
      given.set(setting.name, { ...before, value: { kind: 'list', items: [...before.value.items, value] } });
    else given.set(setting.name, { name: setting.name, value: { kind: 'list', items: [value] }, column });
  }
}

function withoutArgument({ name, action }: GunicornSetting): PythonValue {
  if (action === 'optional') return name === 'proxy_protocol' ? str('auto') : none;
  return bool(action === 'store_true');
}

function readArgument(setting: GunicornSetting, text: string, column: number): PythonValue {
  if (setting.reads === 'text') return str(text);
  const value = setting.reads === 'int' ? intOf(text) : octalIntOf(text);
  if (value !== null) return int(value);
  const reader = setting.reads === 'int' ? 'int' : 'auto_int';
  return refuse(column, `argument ${setting.flags.join('/')}: invalid ${reader} value: '${text}'`);
}

/** A leading 0 is octal, as in C. Source: gunicorn, config.py, auto_int. */
const octalIntOf = (text: string): number | null => literalIntOf(/^0\d/.test(text) ? text.replace('0', '0o') : text);

const namesOf = (flag: Flag): string =>
  flag.kind === 'setting'
    ? flag.setting.flags.join('/')
    : ({ help: '-h/--help', version: '-v/--version' }[flag.name] ?? '');

/** @returns null for a word that is no flag. */
function optionalOf(word: Word, flags: ReadonlyMap<string, Flag>): Optional | null {
  const { text, column } = word;
  if (!text.startsWith('-') || text === '-') return null;
  const exact = flags.get(text);
  if (exact) return { flag: exact, spelled: text, attached: null };
  const sign = text.indexOf('=');
  const behind = sign < 0 ? null : { text: text.slice(sign + 1), column: column + sign + 1 };
  const before = sign < 0 ? text : text.slice(0, sign);
  const named = behind && flags.get(before);
  if (named) return { flag: named, spelled: before, attached: behind };
  if (text.startsWith('--')) {
    const longer = [...flags].filter(([flag]) => flag.startsWith(before));
    const [first] = longer;
    if (longer.length > 1)
      refuse(column, `ambiguous option: ${text} could match ${longer.map(([flag]) => flag).join(', ')}`);
    if (first) return { flag: first[1], spelled: first[0], attached: behind };
  } else {
    const short = flags.get(text.slice(0, 2));
    if (short) return { flag: short, spelled: text.slice(0, 2), attached: { text: text.slice(2), column: column + 2 } };
  }
  // A negative number is a value, and so is anything with a blank in it.
  if (/^-(?:\d+|\d*\.\d+)$/.test(text) || text.includes(' ')) return null;
  return { flag: null, spelled: text, attached: null };
}
