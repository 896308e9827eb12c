/** The directives of the MPM. Source: httpd 2.4.x, prefork.c, worker.c, event.c, mpm_common.c, listen.c. */
import { mpmDirective } from '../../../../spec/options/apache-mpm.ts';
import type { Call } from '../call.ts';
import { readInteger } from '../integers.ts';

/** Any of them: a number is kept by the directive's present name, and the later of two wins. */
export function mpmNumber(call: Call): void {
  const word = call.words[0];
  const known = mpmDirective(call.name, call.reading.modules.mpm);
  if (!word || !known) return;
  if (known.formerly.some((name) => name.toLowerCase() === call.directive.key))
    call.info({
      code: 'CFG037',
      message: `${call.name} is the old name of ${known.name}`,
      fix: `write ${known.name} ${word.text}`,
    });
  if (known.shape.kind === 'decimal') {
    positiveNumber(call, word.text, word.offset);
    return;
  }
  if (known.shape.kind !== 'integer' && known.shape.kind !== 'long') return;
  const value = readInteger(
    call,
    { label: `${call.name} `, written: word.text, offset: word.offset, unit: known.unit, reader: 'Apache' },
    known.shape,
    known.shape.min === null ? '' : `${known.name} must be at least ${known.shape.min}.`,
  );
  if (value === null) return;
  call.draft.mpm.set(known.name, value);
  call.wrote({ kind: 'directive', host: 0, directive: known.name }, word.offset);
}

/** AsyncRequestWorkerFactor is read by strtod. */
function positiveNumber(call: Call, text: string, offset: number): void {
  const isNumber = /^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text);
  if (isNumber && Number(text) > 0) {
    call.info({
      code: 'CFG049',
      message: `${call.name} has no effect here: a child takes a new connection only while one of its threads is idle`,
      fix: 'see on the real server how many connections a child takes beyond its threads',
    });
    return;
  }
  call.error(
    {
      code: 'CFG011',
      message: isNumber ? `${call.name} argument must be a positive number` : 'error parsing value',
      fix: `write ${call.name} 2`,
    },
    offset,
  );
}
