/**
 * WSGIScriptAlias, WSGIScriptAliasMatch and WSGIImportScript, and the check that a script loaded at process start can
 * reach its process group. Source: mod_wsgi 4.9.4, `wsgi_add_script_alias`, `wsgi_add_import_script`.
 */
import type { ScriptAlias } from '../../../../spec/deployments/apache.ts';
import type { Call } from '../call.ts';
import { groupName, preloadedInto } from '../preload.ts';
import { isPortable, regexProblem } from '../regex.ts';
import { takeWord, type Word } from '../words.ts';
import { eachOption, nonEmpty, onOff, unknownOption } from './wsgi-options.ts';

const invalidGroup = 'Invalid name for WSGI process group.';
const invalidApplicationGroup = 'Invalid name for WSGI application group.';

export function scriptAlias(call: Call): void {
  const isPattern = call.directive.key === 'wsgiscriptaliasmatch';
  const url = takeWord(call.directive.args);
  const script = takeWord(url.rest);
  if (url.word.text === '' || url.rest.text === '' || script.word.text === '') {
    call.error({
      code: 'CFG003',
      message: `${call.name} requires at least two arguments`,
      fix: `write ${call.name} ${isPattern ? '^/URL(.*) /PATH/TO/$1.wsgi' : '/URL /PATH/TO/SCRIPT.wsgi'}`,
    });
    return;
  }
  const index = call.scope.host.scriptAliases.length;
  const settings: { -readonly [Key in keyof ScriptAlias['settings']]: ScriptAlias['settings'][Key] } = {};
  const invalid = 'Invalid option to WSGI script alias definition.';
  const known = ['process-group', 'application-group', 'callable-object', 'pass-authorization'];
  const ok = eachOption(call, script.rest, invalid, (option) => {
    call.wrote({ kind: 'script-alias-option', host: call.scope.host.index, index, option: option.name }, option.offset);
    switch (option.name) {
      case 'process-group': {
        const value = nonEmpty(call, option, invalidGroup);
        if (value !== null) settings.processGroup = value;
        return value !== null;
      }
      case 'application-group': {
        const value = nonEmpty(call, option, invalidApplicationGroup);
        if (value !== null) settings.applicationGroup = value;
        return value !== null;
      }
      case 'callable-object': {
        const value = nonEmpty(call, option, 'Invalid name for WSGI callable object.');
        if (value !== null) settings.callableObject = value;
        return value !== null;
      }
      case 'pass-authorization': {
        const value = onOff(call, option, 'Invalid value for authorization flag.');
        if (value !== null) settings.passAuthorization = value;
        return value !== null;
      }
      default:
        return unknownOption(call, option, invalid, known);
    }
  });
  if (!ok || (isPattern && !compiles(call, url.word))) return;
  call.wrote({ kind: 'script-alias', host: call.scope.host.index, index });
  const alias: ScriptAlias = {
    match: isPattern ? 'pattern' : 'prefix',
    url: url.word.text,
    script: script.word.text,
    settings,
  };
  call.scope.host.scriptAliases.push(alias);
  const groups = preloadedInto(alias);
  if (groups !== null && reaches(call, groups.processGroup))
    addPreload(call, alias.script, groups.processGroup, groups.applicationGroup, 'WSGIScriptAlias');
}

export function importScript(call: Call): void {
  const { word: script, rest } = takeWord(call.directive.args);
  const required = (message: string, fix: string): void => call.error({ code: 'CFG018', message, fix });
  if (script.text === '') {
    required(
      'Location of import script not supplied.',
      'write WSGIImportScript /PATH process-group=NAME application-group=NAME',
    );
    return;
  }
  const invalid = 'Invalid option to WSGI import script definition.';
  let group: string | null = null;
  let application: string | null = null;
  const ok = eachOption(call, rest, invalid, (option) => {
    if (option.name === 'process-group') {
      group = nonEmpty(call, option, invalidGroup);
      return group !== null;
    }
    if (option.name === 'application-group') {
      application = nonEmpty(call, option, invalidApplicationGroup);
      return application !== null;
    }
    return unknownOption(call, option, invalid, ['process-group', 'application-group']);
  });
  if (!ok) return;
  if (application === null) {
    required('Name of WSGI application group required.', 'add application-group=NAME, or application-group=%{GLOBAL}');
    return;
  }
  if (group === null) {
    required('Name of WSGI process group required.', 'add process-group=NAME, or process-group=%{GLOBAL}');
    return;
  }
  const processGroup = groupName(group);
  if (reaches(call, processGroup))
    addPreload(call, script.text, processGroup, groupName(application), 'WSGIImportScript');
}

function addPreload(
  call: Call,
  script: string,
  processGroup: string,
  applicationGroup: string,
  because: 'WSGIImportScript' | 'WSGIScriptAlias',
): void {
  call.wrote({ kind: 'preload', index: call.draft.preloads.length });
  call.draft.preloads.push({ script, processGroup, applicationGroup, because, host: call.scope.host.index });
}

/** Whether the group is declared above and may be used from this host, by the names known at this line. */
function reaches(call: Call, group: string): boolean {
  if (group === '') return true;
  const daemon = call.draft.daemons.get(group);
  if (!daemon) {
    call.error({
      code: 'CFG016',
      message: `WSGI process group not yet configured. There is no WSGIDaemonProcess ${group} above this line`,
      fix: `move WSGIDaemonProcess ${group} above this line, or correct the name`,
    });
    return false;
  }
  if (!daemon.host.isVirtual) return true;
  const here = call.scope.host.serverName;
  const there = daemon.host.serverName;
  if (here === there) return true;
  const isUnnamed = here === null || there === null;
  call.error({
    code: 'CFG017',
    message: isUnnamed
      ? `WSGI process group not matchable. '${group}' belongs to a virtual host, and one of the two has no ServerName yet`
      : `WSGI process group not accessible. '${group}' belongs to the virtual host ${there}, not to ${here}`,
    fix: isUnnamed
      ? 'write ServerName first in both virtual hosts'
      : `declare WSGIDaemonProcess ${group} outside every virtual host, or inside this one`,
  });
  return false;
}

/** Whether PCRE takes the pattern; says so too where only the prediction cannot use it. */
export function compiles(call: Call, pattern: Word): boolean {
  const problem = regexProblem(pattern.text);
  if (problem !== null) {
    call.error(
      {
        code: 'CFG020',
        message: `Regular expression could not be compiled. In ${pattern.text}: ${problem}`,
        fix: 'correct the pattern; put a backslash before a character that is meant literally',
      },
      pattern.offset,
    );
    return false;
  }
  if (!isPortable(pattern.text))
    call.warning(
      {
        code: 'CFG021',
        message: `the pattern ${pattern.text} uses a feature of PCRE that the prediction does not know: it is taken to match nothing`,
        fix: 'write a simpler pattern if the prediction is to cover it',
      },
      pattern.offset,
    );
  return true;
}
