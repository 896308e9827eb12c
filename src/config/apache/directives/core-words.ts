/**
 * Directives of the core without effect on the model whose words Apache checks: a few common ones, so that what Apache
 * refuses is refused. Source: httpd 2.4.x, core.c.
 */
import type { Call } from '../call.ts';

/** Directives of the core that take one of a few words. */
export const oneOfWords =
  (...words: readonly string[]) =>
  (call: Call): void => {
    const word = call.words[0];
    if (word && !words.includes(word.text.toLowerCase()))
      call.error(
        {
          code: 'CFG019',
          message: `${call.name} must be one of: ${words.join(' | ')}`,
          fix: `write ${call.name} ${words[0]}`,
        },
        word.offset,
      );
  };

const optionNames = [
  'indexes',
  'includes',
  'includesnoexec',
  'followsymlinks',
  'symlinksifownermatch',
  'execcgi',
  'multiviews',
  'runscripts',
];

/** Options: all with a sign or all without, None and All only in front. Source: httpd 2.4.x, core.c, `set_options`. */
export function options(call: Call): void {
  const refuse = (message: string, offset: number): void =>
    call.error({ code: 'CFG019', message, fix: 'write for example Options +FollowSymLinks -Indexes' }, offset);
  let isAllOrNone = false;
  let isMerging = false;
  for (const [index, word] of call.words.entries()) {
    const isSigned = /^[+-]/.test(word.text);
    const name = (isSigned ? word.text.slice(1) : word.text).toLowerCase();
    const isMixed = isSigned ? index > 0 && !isMerging && !isAllOrNone : isMerging;
    isMerging ||= isSigned;
    if (isMixed) {
      refuse('Either all Options must start with + or -, or no Option may.', word.offset);
      return;
    }
    if (name === 'all' || name === 'none') {
      if (index > 0 || isSigned) {
        refuse(`Options ${name} must come first and without a sign`, word.offset);
        return;
      }
      isAllOrNone = true;
    } else if (!optionNames.includes(name)) {
      refuse(`Illegal option ${word.text}`, word.offset);
      return;
    }
  }
}

/** Source: httpd 2.4.x, core.c, `set_override`. */
export function allowOverride(call: Call): void {
  const wrong = call.words.find(
    ({ text }) => !/^(?:(?:limit|options|fileinfo|authconfig|indexes|none|all)(?:=.*)?|nonfatal=.*)$/i.test(text),
  );
  if (wrong)
    call.error(
      { code: 'CFG019', message: `Illegal override option ${wrong.text}`, fix: 'write AllowOverride None or All' },
      wrong.offset,
    );
}
