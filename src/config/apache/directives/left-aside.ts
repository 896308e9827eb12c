/** Directives that are read, and then say so: what the server does by them is done by nothing here. */
import type { Call } from '../call.ts';
import { flag, trustedProxies } from './wsgi-others.ts';

/** Says what is missing where the directive would have an effect. */
const leftAside =
  (read: (call: Call) => void, hasEffect: (call: Call) => boolean, instead: string, fix: string) =>
  (call: Call): void => {
    read(call);
    if (call.scope.isModelled && hasEffect(call))
      call.info({ code: 'CFG049', message: `${call.name} has no effect here: ${instead}`, fix });
  };

const nothing = (): void => {};
const always = (): boolean => true;
const isOn = (call: Call): boolean => call.words[0]?.text.toLowerCase() === 'on';

export const errorOverride = leftAside(
  flag,
  isOn,
  'the pages of applications reach clients, where Apache would send its own ones for 4xx and 5xx of daemon processes',
  'see those pages on the real server',
);
export const trustedProxiesAside = leftAside(
  trustedProxies,
  always,
  'no header of a proxy is believed',
  'see what applications make of REMOTE_ADDR and wsgi.url_scheme on the real server',
);
export const trustedProxyHeaders = leftAside(
  nothing,
  always,
  'no header of a proxy is believed',
  'see what applications make of REMOTE_ADDR and wsgi.url_scheme on the real server',
);
export const errorLogFormat = leftAside(
  nothing,
  always,
  "lines of the error log have Apache's own format",
  'leave it out to have the same lines everywhere',
);
/** SetHandler wsgi-script; AddHandler wsgi-script .wsgi. Source: mod_wsgi 4.9.4, wsgi_hook_handler. */
const isWsgiHandler = (call: Call): boolean =>
  /^(?:wsgi-script|application\/x-httpd-wsgi)$/.test(call.words[0]?.text ?? '');
const scriptHandler = (read: (call: Call) => void): ((call: Call) => void) =>
  leftAside(
    read,
    isWsgiHandler,
    'scripts are run for WSGIScriptAlias alone, and files of this handler are neither run nor shown',
    'write WSGIScriptAlias /url /path/of/the/directory',
  );

export const setHandler = scriptHandler((call) => {
  const isNone = call.words[0]?.text.toLowerCase() === 'none';
  call.scope.settings.values.handler = isWsgiHandler(call) ? 'wsgi-script' : isNone ? 'none' : 'default-handler';
});
export const addHandler = scriptHandler((call) => {
  if (!isWsgiHandler(call)) return;
  const { values } = call.scope.settings;
  const suffixes = call.words.slice(1).map((word) => word.text.toLowerCase().replace(/^\./, ''));
  values.scriptSuffixes = [...(values.scriptSuffixes ?? []), ...suffixes];
});
