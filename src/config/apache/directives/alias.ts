/** Alias and AliasMatch of mod_alias: no part of the model, but common enough to check. Source: httpd 2.4.x, mod_alias.c. */
import type { Call } from '../call.ts';
import { compiles } from './wsgi-scripts.ts';

/** With two arguments it stands outside every section, with one inside Location. */
export function alias(call: Call): void {
  const isInside = call.scope.level !== 'server';
  const [, target] = call.words;
  const refuse = (message: string, fix: string): void => call.error({ code: 'CFG002', message, fix });
  if (target && target.text !== '') {
    if (isInside) refuse(`${call.name} cannot occur within directory context`, 'move it out of the section');
    return;
  }
  const around = call.scope.around.find((section) => /^<(?:directory|files|if|else)/.test(section.key));
  if (around) refuse(`${call.name} cannot occur within ${around.name}> section`, 'move it out of the section');
  else if (!isInside)
    refuse(`${call.name} must have two arguments when used globally`, `write ${call.name} /URL /PATH`);
}

export function aliasMatch(call: Call): void {
  const [pattern] = call.words;
  if (pattern) compiles(call, pattern);
}
