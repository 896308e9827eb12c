/** Alias, AliasMatch and their Script twins of mod_alias, and DirectoryIndex. Source: httpd 2.4.x, mod_alias.c, mod_dir.c. */
import type { Call } from '../call.ts';
import { mergePath } from '../paths.ts';
import { takeWords } from '../words.ts';
import { compiles } from './wsgi-scripts.ts';

/** With two arguments it stands outside every section, with one inside Location. */
export function alias(call: Call): void {
  const isInside = call.scope.level !== 'server';
  const [url, target] = call.words;
  const refuse = (message: string, fix: string): void => call.error({ code: 'CFG002', message, fix });
  if (url && target && target.text !== '') {
    if (isInside) refuse(`${call.name} cannot occur within directory context`, 'move it out of the section');
    else
      call.scope.host.fileAliases.push({
        match: 'prefix',
        url: url.text,
        path: mergePath(call.reading.serverRoot, target.text),
        isCgi: call.directive.key === 'scriptalias',
      });
    return;
  }
  const around = call.scope.around.find((section) => /^<(?:directory|files|if|else)/.test(section.key));
  if (around) refuse(`${call.name} cannot occur within ${around.name}> section`, 'move it out of the section');
  else if (!isInside)
    refuse(`${call.name} must have two arguments when used globally`, `write ${call.name} /URL /PATH`);
  else
    call.info({
      code: 'CFG033',
      message: `${call.name} inside a section is left out of the model: its requests are taken to go where they would go without it`,
      fix: 'write it outside the section, with the URL in front',
    });
}

export function aliasMatch(call: Call): void {
  const [url, target] = call.words;
  if (!url || !compiles(call, url) || !target) return;
  const isCgi = call.directive.key === 'scriptaliasmatch';
  call.scope.host.fileAliases.push({ match: 'pattern', url: url.text, path: target.text, isCgi });
}

/** The later lines of one level add to the earlier; `disabled` alone takes them away. Source: mod_dir.c, add_index. */
export function directoryIndex(call: Call): void {
  const words = takeWords(call.directive.args).map(({ text }) => text);
  const { values } = call.scope.settings;
  const isDisabled = words.length === 1 && words[0]?.toLowerCase() === 'disabled';
  values.directoryIndex = isDisabled ? [] : [...(values.directoryIndex ?? []), ...words];
  call.wroteSetting();
}
