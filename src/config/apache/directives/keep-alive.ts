/** KeepAlive, KeepAliveTimeout and MaxKeepAliveRequests. Source: httpd 2.4.x, http_core.c, `set_keep_alive` and its neighbours. */
import { fromSeconds, type Millis, millis } from '../../../../spec/vocabulary.ts';
import type { Call } from '../call.ts';
import { atoi, strtol } from '../numbers.ts';
import { readFlag } from './wsgi-settings.ts';

export function keepAlive(call: Call): void {
  const isOn = readFlag(call);
  if (isOn !== null) note(call, { isOn });
}

/** Any word is a number here: C's `atoi` reads it. What is below 0 leaves no request after the first. */
export function maxKeepAliveRequests(call: Call): void {
  const word = call.words[0];
  if (word) note(call, { maxRequests: atoi(word.text).value });
}

export function keepAliveTimeout(call: Call): void {
  const word = call.words[0];
  if (!word) return;
  const timeout = timeoutOf(word.text);
  if (timeout === null)
    call.error(
      {
        code: 'CFG019',
        message: 'KeepAliveTimeout has wrong format',
        fix: 'write seconds, as in KeepAliveTimeout 5, or a unit behind the number: ms, s, min, h',
      },
      word.offset,
    );
  else note(call, { timeout });
}

function note(call: Call, written: Partial<Call['draft']['keepAlive']>): void {
  if (!call.scope.host.isVirtual) {
    call.draft.keepAlive = { ...call.draft.keepAlive, ...written };
    return;
  }
  // Apache asks the host that answers. Source: httpd 2.4.x, http_protocol.c, ap_set_keepalive, `r->server`. Here the front
  // has one time for all idle connections.
  call.info({
    code: 'CFG049',
    message: `${call.name} has no effect here in a virtual host: what the main server says holds for every connection`,
    fix: `write ${call.name} outside every virtual host to see its effect`,
  });
}

/** A number with a unit, seconds where there is none. Source: httpd 2.4.x, util.c, ap_timeout_parameter_parse. */
function timeoutOf(text: string): Millis | null {
  const { exact, ignored: unit } = strtol(text);
  if (unit === text || exact < 0n || exact > 2n ** 40n) return null;
  const number = Number(exact);
  if (unit === '' || /^s/.test(unit)) return fromSeconds(number);
  if (/^h/.test(unit)) return fromSeconds(number * 3600);
  if (/^ms/.test(unit)) return millis(number);
  return /^mi/.test(unit) ? fromSeconds(number * 60) : null;
}
