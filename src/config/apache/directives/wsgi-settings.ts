/**
 * The directives of mod_wsgi that may stand at any level and that the model knows. A later one at the same level wins.
 * Source: mod_wsgi 4.9.4, `wsgi_set_process_group` and its neighbours.
 */
import { mapHeadToGetValues } from '../../../../spec/deployments/apache.ts';
import type { Call } from '../call.ts';

export const processGroup = (call: Call): void => setText(call, 'processGroup');
export const applicationGroup = (call: Call): void => setText(call, 'applicationGroup');
export const callableObject = (call: Call): void => setText(call, 'callableObject');

function setText(call: Call, key: 'processGroup' | 'applicationGroup' | 'callableObject'): void {
  const word = call.words[0];
  if (!word) return;
  call.scope.settings.values[key] = word.text;
  call.wroteSetting();
}

/** Those that are On or Off. */
export const setFlag =
  (key: 'passAuthorization' | 'scriptReloading' | 'chunkedRequest' | 'enableSendfile' | 'ignoreActivity') =>
  (call: Call): void => {
    const value = readFlag(call);
    if (value === null) return;
    call.scope.settings.values[key] = value;
    call.wroteSetting();
  };

export function mapHeadToGet(call: Call): void {
  const word = call.words[0];
  if (!word) return;
  const value = mapHeadToGetValues.find((known) => known === word.text.toLowerCase());
  if (value === undefined) {
    const message = `${call.name} must be one of: ${mapHeadToGetValues.join(' | ')}`;
    call.error({ code: 'CFG019', message, fix: `write ${call.name} off` }, word.offset);
    return;
  }
  call.scope.settings.values.mapHeadToGet = value;
  call.wroteSetting();
}

export function restrictProcess(call: Call): void {
  call.scope.settings.values.restrictProcess = call.words.map((word) => word.text);
  call.wroteSetting();
}

export function restrictEmbedded(call: Call): void {
  const value = readFlag(call);
  if (value === null) return;
  call.draft.restrictEmbedded = value;
  call.wrote({ kind: 'directive', host: 0, directive: call.name });
}

/** On or Off in any case; otherwise the error mod_wsgi gives. */
export function readFlag(call: Call): boolean | null {
  const word = call.words[0];
  if (!word) return null;
  if (/^on$/i.test(word.text)) return true;
  if (/^off$/i.test(word.text)) return false;
  call.error(
    {
      code: 'CFG019',
      message: `${call.name} must be one of: Off | On`,
      fix: `write ${call.name} On or ${call.name} Off`,
    },
    word.offset,
  );
  return null;
}
