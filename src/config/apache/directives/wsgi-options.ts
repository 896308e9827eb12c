/**
 * The `name=value` options of mod_wsgi's directives. Source: mod_wsgi 4.9.4, mod_wsgi.c, `wsgi_parse_option`.
 */
import type { Call } from '../call.ts';
import { isSpace } from '../lines.ts';
import { offsetOf, type Placed, slice } from '../placed.ts';
import { takeWord, type Word } from '../words.ts';

export interface WsgiOption {
  readonly name: string;
  readonly value: Word;
  /** File offset of the name. */
  readonly offset: number;
}

/** What is left is not an option: it has no name, or no `=` right behind its name. */
export interface NotAnOption {
  readonly kind: 'not-an-option';
  readonly text: string;
  readonly offset: number;
}

export type ParsedOption =
  | { readonly kind: 'option'; readonly option: WsgiOption; readonly rest: Placed }
  | NotAnOption;

/** Takes one option; the value may be quoted, and white space in front of it is passed over. */
export function parseOption(args: Placed): ParsedOption {
  const { text } = args;
  let start = 0;
  while (isSpace(text[start])) start++;
  let end = start;
  while (end < text.length && text[end] !== '=' && !isSpace(text[end])) end++;
  const offset = offsetOf(args, start);
  if (end === start || text[end] !== '=')
    return { kind: 'not-an-option', text: takeWord(slice(args, start)).word.text, offset };
  const { word, rest } = takeWord(slice(args, end + 1));
  return { kind: 'option', option: { name: text.slice(start, end), value: word, offset }, rest };
}

/**
 * Reads all options in order and hands each to `accept`, which reports what it refuses and says whether to go on.
 * @param invalid - What mod_wsgi says to something that is not an option.
 * @returns Whether all were accepted.
 */
export function eachOption(
  call: Call,
  args: Placed,
  invalid: string,
  accept: (option: WsgiOption) => boolean,
): boolean {
  let rest = args;
  while (rest.text !== '') {
    const parsed = parseOption(rest);
    if (parsed.kind === 'not-an-option') {
      call.error(
        {
          code: 'CFG014',
          message: `${invalid} '${parsed.text}' is not of the form name=value`,
          fix: `write name=value without a space before '=', and quote values that hold spaces`,
        },
        parsed.offset,
      );
      return false;
    }
    if (!accept(parsed.option)) return false;
    rest = parsed.rest;
  }
  return true;
}

/** Reports an option nobody knows. */
export function unknownOption(call: Call, option: WsgiOption, invalid: string, known: readonly string[]): false {
  const near = known.find((name) => name === option.name.toLowerCase().replaceAll('_', '-'));
  call.error(
    {
      code: 'CFG014',
      message: `${invalid} There is no option '${option.name}'`,
      fix: near === undefined ? `use one of ${known.join(', ')}` : `write ${near}=`,
    },
    option.offset,
  );
  return false;
}

/** The value if it is not empty; otherwise reports what mod_wsgi says. */
export function nonEmpty(call: Call, option: WsgiOption, refusal: string): string | null {
  if (option.value.text !== '') return option.value.text;
  call.error(
    {
      code: 'CFG018',
      message: `${refusal} ${option.name}= has no value`,
      fix: `write ${option.name}=VALUE without a space`,
    },
    option.offset,
  );
  return null;
}

/** `On` or `Off` in any case; otherwise reports what mod_wsgi says. */
export function onOff(call: Call, option: WsgiOption, refusal: string): boolean | null {
  const value = nonEmpty(call, option, refusal);
  if (value === null) return null;
  if (/^on$/i.test(value)) return true;
  if (/^off$/i.test(value)) return false;
  call.error(
    {
      code: 'CFG019',
      message: `${refusal} ${option.name}=${value} is neither On nor Off`,
      fix: `write ${option.name}=On or ${option.name}=Off`,
    },
    option.offset,
  );
  return null;
}
