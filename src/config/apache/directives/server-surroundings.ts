/**
 * The directives that say what every process is given. A later one wins; WSGIPythonWarnings adds up.
 * Source: mod_wsgi 4.9.4, mod_wsgi.c, `wsgi_set_python_home` and its neighbours; httpd 2.4.x, mod_unixd.c.
 */
import type { GilDirective } from '../../../../spec/serving/gil.ts';
import type { ServerSurroundings } from '../../../../spec/serving/surroundings.ts';
import type { Call } from '../call.ts';
import { atoi } from '../numbers.ts';
import { readFlag } from './wsgi-settings.ts';

type Key<Value> = {
  [Name in keyof ServerSurroundings]-?: Value extends ServerSurroundings[Name] ? Name : never;
}[keyof ServerSurroundings];

/** In mod_wsgi 6 it may stand inside WSGIInterpreterOptions, and then holds for some processes only. */
const isForAll = (call: Call): boolean =>
  !call.scope.around.some((section) => section.key === '<wsgiinterpreteroptions');

/** WSGIPythonHome, WSGIPythonPath, WSGIPythonEggs. */
export const surroundingText =
  (key: Key<string>) =>
  (call: Call): void => {
    const word = call.words[0];
    if (word && isForAll(call)) call.draft.surroundings[key] = word.text;
  };

/** WSGIDontWriteBytecode, WSGILazyInitialization, WSGIRestrictStdin and its like. */
export const surroundingFlag =
  (key: Key<boolean>) =>
  (call: Call): void => {
    const value = readFlag(call);
    if (value !== null && isForAll(call)) call.draft.surroundings[key] = value;
  };

/** WSGIPerInterpreterGIL, WSGIFreeThreading: the only ones whose place in WSGIInterpreterOptions the model knows. */
export const gil =
  (directive: GilDirective['directive']) =>
  (call: Call): void => {
    const on = readFlag(call);
    if (on === null) return;
    const section = call.scope.around.findLast((around) => around.key === '<wsgiinterpreteroptions');
    const within = (section && call.draft.selectors.get(section)) ?? null;
    const { surroundings } = call.draft;
    surroundings.gil = [...surroundings.gil, { directive, on, within }];
    if (directive === 'WSGIFreeThreading' && within?.applicationGroup != null)
      call.warning({
        code: 'CFG048',
        message:
          'WSGIFreeThreading inside <WSGIInterpreterOptions> with application-group= is ignored: a process has a GIL or it has none',
        fix: 'name a process group alone',
      });
  };

export function pythonWarnings(call: Call): void {
  const word = call.words[0];
  const { surroundings } = call.draft;
  if (word && isForAll(call)) surroundings.pythonWarnings = [...surroundings.pythonWarnings, word.text];
}

/** Any word is a number here: C's `atoi` reads it, and what is below 1 is no optimisation. */
export function pythonOptimize(call: Call): void {
  const word = call.words[0];
  if (word && isForAll(call)) call.draft.surroundings.pythonOptimize = Math.max(0, atoi(word.text).value);
}

export function hashSeed(call: Call): void {
  const word = call.words[0];
  if (!word) return;
  const { text } = word;
  if (text !== '' && text !== 'random' && (!/^\s*[0-9]+$/.test(text) || BigInt(text.trim()) > 4_294_967_295n))
    call.error(
      {
        code: 'CFG011',
        message: 'WSGIPythonHashSeed must be "random" or an integer in range [0; 4294967295]',
        fix: 'write WSGIPythonHashSeed random',
      },
      word.offset,
    );
  else if (isForAll(call)) call.draft.surroundings.pythonHashSeed = text;
}

/** User, Group. Source: httpd 2.4.x, mod_unixd.c, `unixd_set_user`; mpm_common.c, `ap_uname2id`. */
export const account =
  (key: 'user' | 'group') =>
  (call: Call): void => {
    const word = call.words[0];
    if (!word) return;
    const { text } = word;
    if (key === 'user' && (text === 'root' || (text.startsWith('#') && atoi(text.slice(1)).value === 0)))
      call.error(
        {
          code: 'CFG011',
          message: 'Apache has not been designed to serve pages while running as root. User is root',
          fix: 'name another user, as in User www-data',
        },
        word.offset,
      );
    else call.draft.surroundings[key] = text;
  };
