/**
 * The words of a command line: options first, wherever they stand, then the files that are named without an option.
 * Source: uWSGI 2.0, core/init.c, uwsgi_commandline_config; glibc, getopt_long.
 */
import type { UwsgiRelease } from '../../../spec/deployments/uwsgi.ts';
import { commandLineName, type Word } from '../command-line.ts';
import type { Position } from '../diagnostic.ts';
import type { Setting } from './ini.ts';
import { knownOption, namesLike, namesOf, optionOfLetter } from './known-options.ts';
import type { Finding } from './reading.ts';

export interface Arguments {
  readonly options: readonly Setting[];
  /** What stands there without being an option or its value, in order. */
  readonly others: readonly { readonly text: string; readonly at: Position }[];
  /** The first word that cannot be understood; uWSGI exits there. */
  readonly refused: { readonly at: Position; readonly finding: Finding } | null;
}

export function readArguments(words: readonly Word[], release: UwsgiRelease): Arguments {
  const options: Setting[] = [];
  const others: { text: string; at: Position }[] = [];
  const done = (refused: Arguments['refused'] = null): Arguments => ({ options, others, refused });
  let index = 0;
  while (index < words.length) {
    const word = words[index++];
    if (!word) break;
    const at = placeOf(word);
    if (word.text === '--') {
      others.push(...words.slice(index).map((rest) => ({ text: rest.text, at: placeOf(rest) })));
      break;
    }
    if (word.text.startsWith('--')) {
      const equals = word.text.indexOf('=');
      const written = equals < 0 ? word.text.slice(2) : word.text.slice(2, equals);
      const name = longName(written, release);
      const known = name === null ? null : knownOption(name, release);
      if (name === null || known === null) return done({ at, finding: unknown(`--${written}`, written, release) });
      const attached = equals < 0 ? null : word.text.slice(equals + 1);
      if (known.takes === 'nothing' && attached !== null)
        return done({ at, finding: exits(`--${written} takes no value`, `write --${written} alone`) });
      const needsWord = (known.takes === 'text' || known.takes === 'count') && attached === null;
      const value = needsWord ? words[index++]?.text : (attached ?? null);
      if (value === undefined)
        return done({ at, finding: exits(`--${written} needs a value`, `write --${written} VALUE`) });
      options.push({ key: name, value, at });
    } else if (word.text.startsWith('-') && word.text !== '-') {
      for (let letter = 1; letter < word.text.length; letter++) {
        const name = optionOfLetter(word.text.charAt(letter), release);
        const known = name === null ? null : knownOption(name, release);
        if (name === null || known === null)
          return done({ at, finding: unknown(`-${word.text.charAt(letter)}`, word.text.slice(1), release) });
        if (known.takes === 'nothing' || known.takes === 'optional') {
          options.push({ key: name, value: null, at });
          continue;
        }
        const rest = word.text.slice(letter + 1);
        const value = rest === '' ? words[index++]?.text : rest;
        if (value === undefined)
          return done({
            at,
            finding: exits(`-${word.text.charAt(letter)} needs a value`, `write -${word.text.charAt(letter)} VALUE`),
          });
        options.push({ key: name, value, at });
        break;
      }
    } else others.push({ text: word.text, at });
  }
  return done();
}

const placeOf = ({ column }: Word): Position => ({ file: commandLineName, line: 1, column });

/** The option of that name, or the only one that begins so. */
function longName(written: string, release: UwsgiRelease): string | null {
  if (knownOption(written, release)) return written;
  const [first, ...more] = namesOf(release).filter((name) => name.startsWith(written));
  return first !== undefined && more.length === 0 ? first : null;
}

const exits = (what: string, fix: string): Finding => ({ code: 'CFG081', message: `uWSGI exits: ${what}`, fix });

function unknown(shown: string, name: string, release: UwsgiRelease): Finding {
  const [near] = namesLike(name, release);
  return exits(
    `it knows no option ${shown}`,
    near === undefined
      ? 'see uwsgi --help; an option of a plugin needs the plugin in front of it'
      : `write --${near}, if that was meant`,
  );
}
