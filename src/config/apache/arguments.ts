/**
 * Splits the arguments of a directive in the way its form asks for. Source: httpd 2.4.x, config.c, `invoke_cmd`.
 */
import type { DirectiveForm } from '../../../spec/options/apache-directives.ts';
import type { Placed } from './placed.ts';
import { takeWord, takeWords, type Word } from './words.ts';

/** The words, or what Apache says about them, to be put behind the directive's name. */
export type Arguments =
  | { readonly kind: 'words'; readonly words: readonly Word[] }
  | { readonly kind: 'refused'; readonly why: string };

const refused = (why: string): Arguments => ({ kind: 'refused', why });

/** `raw` and `section` leave the arguments to the directive: they give the words without any check. */
export function splitArguments(form: DirectiveForm, args: Placed): Arguments {
  switch (form) {
    case 'raw':
    case 'section':
    case 'argv':
      return { kind: 'words', words: takeWords(args) };
    case 'none':
      return args.text === '' ? { kind: 'words', words: [] } : refused('takes no arguments');
    case 'flag': {
      // Whatever follows the first word is never looked at.
      const { word } = takeWord(args);
      return /^(on|off)$/i.test(word.text) ? { kind: 'words', words: [word] } : refused('must be On or Off');
    }
    case 'take1':
      return counted(args, 1, 1, 'takes one argument');
    case 'take2':
      return counted(args, 2, 2, 'takes two arguments');
    case 'take12':
      return counted(args, 1, 2, 'takes 1-2 arguments');
    case 'take3':
      return counted(args, 3, 3, 'takes three arguments');
    case 'take23':
      return counted(args, 2, 3, 'takes two or three arguments');
    case 'take123':
      return counted(args, 1, 3, 'takes one, two or three arguments');
    case 'take13': {
      const split = counted(args, 1, 3, 'takes one or three arguments');
      const two = split.kind === 'words' && split.words.length === 2 && split.words[1]?.text !== '';
      return two ? refused('takes one or three arguments') : split;
    }
    case 'iterate':
      return iterated(args, 1, 'requires at least one argument');
    case 'iterate2':
      return iterated(args, 2, 'requires at least two arguments');
  }
}

/** At least `min` words that are not empty, at most `max` words, and nothing behind them. */
function counted(args: Placed, min: number, max: number, why: string): Arguments {
  const words: Word[] = [];
  let rest = args;
  while (words.length < max && (rest.text !== '' || words.length < min)) {
    const taken = takeWord(rest);
    words.push(taken.word);
    rest = taken.rest;
  }
  const enough = words.slice(0, min).every((word) => word.text !== '');
  return enough && rest.text === '' ? { kind: 'words', words } : refused(why);
}

/** Words up to the first empty one; of `iterate2` only the first may be there without a second that is not empty. */
function iterated(args: Placed, min: 1 | 2, why: string): Arguments {
  const words: Word[] = [];
  let rest = args;
  for (;;) {
    const taken = takeWord(rest);
    if (taken.word.text === '') break;
    words.push(taken.word);
    rest = taken.rest;
    if (min === 2 && words.length === 1 && rest.text === '') return refused(why);
  }
  return words.length > 0 ? { kind: 'words', words } : refused(why);
}
