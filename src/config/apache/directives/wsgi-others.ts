/**
 * The directives of mod_wsgi without effect on the model: they are checked as mod_wsgi checks them, and then forgotten.
 * Source: mod_wsgi 4.9.4, mod_wsgi.c; 6.0.5, wsgi_config.c and wsgi_telemetry.c.
 */
import { isAddressOrSubnet } from '../addresses.ts';
import type { Call } from '../call.ts';
import type { Finding } from '../reading.ts';
import { takeWord, takeWords, type Word } from '../words.ts';
import { isPositiveDecimal } from './wsgi-daemon.ts';
import { eachOption, nonEmpty, onOff, unknownOption } from './wsgi-options.ts';
import { readFlag } from './wsgi-settings.ts';

export const flag = (call: Call): void => {
  readFlag(call);
};

/** Directives that take one of some words. */
export const oneOf =
  (words: readonly string[]) =>
  (call: Call): void => {
    const word = call.words[0];
    if (word && !words.includes(word.text.toLowerCase()))
      refuse(
        call,
        word,
        'CFG019',
        `${call.name} must be one of: ${words.join(' | ')}`,
        `write ${call.name} ${words[0]}`,
      );
  };

/** Locks that APR has on Linux. */
export const acceptMutexes = ['default', 'flock', 'fcntl', 'sysvsem', 'posixsem', 'pthread'];

export function switchInterval(call: Call): void {
  const word = call.words[0];
  if (word && !isPositiveDecimal(word.text))
    refuse(
      call,
      word,
      'CFG011',
      'WSGISwitchInterval must be a positive number of seconds.',
      'write WSGISwitchInterval 0.005',
    );
}

export function slowRequests(call: Call): void {
  const word = call.words[0];
  if (word && Number.parseFloat(word.text) < 0)
    refuse(call, word, 'CFG011', 'WSGISlowRequests threshold must be non-negative', 'write WSGISlowRequests 1');
}

export function telemetryService(call: Call): void {
  const [target, interval] = call.words;
  if (target && !target.text.startsWith('unix:'))
    refuse(call, target, 'CFG011', "WSGITelemetryService target must be 'unix:/path'", 'write unix: and a path');
  else if (interval && interval.text !== '') {
    const seconds = interval.text.startsWith('interval=') ? Number.parseFloat(interval.text.slice(9)) || 0 : null;
    if (seconds === null || seconds < 0.5)
      refuse(
        call,
        interval,
        'CFG011',
        'WSGITelemetryService interval must be at least 0.5 seconds',
        'write interval=1',
      );
  }
}

export function telemetryOptions(call: Call): void {
  const signs = call.words.map((word) => /^[+-]/.test(word.text));
  const wrong = call.words.find((word) => !/^(?:[+-]?CaptureUserAgent|None|All)$/i.test(word.text));
  if (call.words.length === 0 || wrong || (signs.includes(true) && signs.includes(false)))
    refuse(
      call,
      wrong ?? call.words[0],
      'CFG019',
      'WSGITelemetryOptions takes CaptureUserAgent, all with or all without a sign, or None or All',
      'write WSGITelemetryOptions +CaptureUserAgent',
    );
}

/** Scripts with options: dispatch, access, authentication, authorization. */
export const scriptWith =
  (what: string) =>
  (call: Call): void => {
    const { word, rest } = takeWord(call.directive.args);
    if (word.text === '') {
      call.error({
        code: 'CFG018',
        message: `Location of ${what} script not supplied.`,
        fix: `write ${call.name} /PATH`,
      });
      return;
    }
    const invalid = `Invalid option to WSGI ${what} script definition.`;
    eachOption(call, rest, invalid, (option) =>
      option.name === 'application-group'
        ? nonEmpty(call, option, 'Invalid name for WSGI application group.') !== null
        : unknownOption(call, option, invalid, ['application-group']),
    );
  };

export function handlerScript(call: Call): void {
  const name = takeWord(call.directive.args);
  const script = takeWord(name.rest);
  if (name.word.text === '' || script.word.text === '') {
    const what = name.word.text === '' ? 'Name for handler script' : 'Location of handler script';
    call.error({ code: 'CFG018', message: `${what} not supplied.`, fix: 'write WSGIHandlerScript NAME /PATH' });
    return;
  }
  const invalid = 'Invalid option to WSGI handler script definition.';
  eachOption(call, script.rest, invalid, (option) => {
    switch (option.name) {
      case 'process-group':
        return nonEmpty(call, option, 'Invalid name for WSGI process group.') !== null;
      case 'application-group':
        return nonEmpty(call, option, 'Invalid name for WSGI application group.') !== null;
      case 'pass-authorization':
        return onOff(call, option, 'Invalid value for authorization flag.') !== null;
      default:
        return unknownOption(call, option, invalid, ['process-group', 'application-group', 'pass-authorization']);
    }
  });
}

export function trustedProxies(call: Call): void {
  const wrong = takeWords(call.directive.args).find(
    // mod_wsgi looks at the characters first and knows no dots in IPv6.
    ({ text }) => !isAddressOrSubnet(text) || (text.includes(':') && /[.A-F]/.test(text)),
  );
  if (wrong)
    refuse(
      call,
      wrong,
      'CFG022',
      `Unable to parse trusted proxy IP address/subnet of "${wrong.text}".`,
      'write for example 10.0.0.0/8',
    );
}

/** `<WSGIInterpreterOptions process-group=… application-group=…>` of mod_wsgi 6. */
export function interpreterOptions(call: Call): void {
  const seen = new Map<string, string>();
  for (const word of call.words) {
    const key = word.text.split('=', 1)[0]?.toLowerCase() ?? '';
    const isKnown = key === 'process-group' || key === 'application-group';
    if (!word.text.includes('=') || !isKnown || seen.has(key)) {
      refuse(
        call,
        word,
        'CFG014',
        `<WSGIInterpreterOptions> takes process-group=NAME and application-group=NAME once each, not '${word.text}'`,
        'write <WSGIInterpreterOptions process-group=NAME>',
      );
      return;
    }
    const value = word.text.slice(key.length + 1);
    seen.set(key, value === '%{GLOBAL}' ? '' : value);
  }
  call.draft.selectors.set(call.directive, {
    processGroup: seen.get('process-group') ?? null,
    applicationGroup: seen.get('application-group') ?? null,
  });
  call.walkChildren({ ...call.scope, around: [...call.scope.around, call.directive] });
}

function refuse(call: Call, word: Word | undefined, code: Finding['code'], message: string, fix: string): void {
  call.error({ code, message, fix }, word?.offset);
}
