/** What clients may send, and how slowly. Sources: httpd 2.4.62, core.c (set_limit_req_line, …), mod_reqtimeout.c. */
import { limitDirectives } from '../../../../spec/options/apache-limits.ts';
import type { ReadTimeout } from '../../../../spec/serving/request-limits.ts';
import { fromSeconds } from '../../../../spec/vocabulary.ts';
import type { Call } from '../call.ts';
import { readInteger } from '../integers.ts';
import { takeWords } from '../words.ts';

export function limit(call: Call): void {
  const known = limitDirectives.find(({ name }) => name.toLowerCase() === call.directive.key);
  const word = call.words[0];
  if (!known || !word || known.shape.kind !== 'integer') return;
  const { shape, unit, name, field } = known;
  const text = { label: `${call.name} `, written: word.text, offset: word.offset, unit, reader: 'Apache' };
  const value = readInteger(call, text, shape, `${name} "${word.text}" must be a non-negative integer`);
  if (value === null || isOfVirtualHost(call)) return;
  if (field === 'timeout') call.draft.limits.timeout = fromSeconds(Math.max(0, value));
  else call.draft.limits[field] = value;
  call.wrote({ kind: 'directive', host: 0, directive: name }, word.offset);
}

/** Source: httpd 2.4.62, core.c, set_limit_req_body: digits and nothing else. */
export function limitRequestBody(call: Call): void {
  const [word] = call.words;
  if (!word) return;
  if (!/^[ \t]*\+?\d+$/.test(word.text)) {
    call.error(
      {
        code: 'CFG011',
        message: 'LimitRequestBody requires a non-negative integer.',
        fix: 'write a number of bytes, or 0 for no limit',
      },
      word.offset,
    );
    return;
  }
  call.scope.settings.values.limitRequestBody = Number(word.text);
  call.wroteSetting();
}

/** `header=20-40,MinRate=500 body=20,MinRate=500`. Source: mod_reqtimeout.c, set_reqtimeouts. */
export function requestReadTimeout(call: Call): void {
  for (const { text, offset } of takeWords(call.directive.args)) {
    const equals = text.indexOf('=');
    const stage = text.slice(0, Math.max(0, equals)).toLowerCase();
    const read =
      equals < 0
        ? 'Invalid RequestReadTimeout parameter. Parameter must be in the form key=value'
        : stage === 'header' || stage === 'body' || stage === 'handshake'
          ? readTimeout(text.slice(equals + 1))
          : 'Unknown RequestReadTimeout parameter';
    if (typeof read === 'string') {
      call.error(
        {
          code: 'CFG019',
          message: `RequestReadTimeout: ${text}: ${read}`,
          fix: 'write for example header=20-40,MinRate=500 body=20,MinRate=500',
        },
        offset,
      );
      return;
    }
    if (stage !== 'handshake' && !isOfVirtualHost(call)) call.draft.limits[stage as 'header' | 'body'] = read;
  }
  call.wrote({ kind: 'directive', host: 0, directive: 'RequestReadTimeout' });
}

/** Source: mod_reqtimeout.c, set_reqtimeout_param. */
function readTimeout(value: string): ReadTimeout | string {
  const rate = /^(.*?),minrate=(.*)$/is.exec(value);
  const range = (rate?.[1] ?? value).split('-');
  if (rate === null && range.length > 1) return 'Must set MinRate option if using timeout range';
  const numbers = [range[0] ?? '', range.length > 1 ? range.slice(1).join('-') : '0', rate?.[2] ?? '0'];
  if (numbers.some((text) => !/^[ \t]*\+?\d+$/.test(text))) return 'the value is not a number from 0 up';
  const [initial = 0, max = 0, minRate = 0] = numbers.map(Number);
  if (rate !== null && minRate === 0) return 'Minimum data rate must be larger than 0';
  if (max > 0 && initial >= max) return 'Maximum timeout must be larger than initial timeout';
  return { initial: fromSeconds(initial), max: fromSeconds(max), minRate };
}

/** The model asks the main server alone, as Apache does while it does not know the virtual host. */
function isOfVirtualHost(call: Call): boolean {
  if (!call.scope.host.isVirtual) return false;
  call.info({
    code: 'CFG033',
    message: `${call.name} of a virtual host is left out of the model: that of the main server holds for every request`,
    fix: 'write it outside every virtual host',
  });
  return true;
}
