/** ServerName, ServerAlias, Listen, Error and what else of the core is checked here. */
import { isIpv4, isIpv6, parseAddress } from '../addresses.ts';
import type { Call } from '../call.ts';
import { isGlob } from '../glob.ts';
import { atoi } from '../numbers.ts';
import { mergePath } from '../paths.ts';
import { oneOfWords } from './core-words.ts';
import { typographicQuotes } from './sections.ts';

/** `[scheme://]name[:port]`. Source: httpd 2.4.x, core.c, `server_hostname_port`. */
export function serverName(call: Call): void {
  const word = call.words[0];
  if (!word) return;
  if (isGlob(word.text)) {
    call.error(
      {
        code: 'CFG022',
        message: `Invalid ServerName "${word.text}" use ServerAlias to set multiple server names.`,
        fix: 'write one name without wildcards, and the others as ServerAlias',
      },
      word.offset,
    );
    return;
  }
  const scheme = word.text.indexOf('://');
  const rest = scheme === -1 ? word.text : word.text.slice(scheme + 3);
  const colon = rest.indexOf(':');
  const { host } = call.scope;
  host.serverName = colon === -1 ? rest : rest.slice(0, colon);
  host.serverPort = null;
  call.wrote({ kind: 'directive', host: host.index, directive: call.name });
  if (colon === -1) return;
  const port = atoi(rest.slice(colon + 1)).value;
  if (port <= 0 || port >= 65_536)
    call.error(
      {
        code: 'CFG022',
        message: `The port number "${word.text}" is outside the appropriate range (i.e., 1..65535).`,
        fix: 'write a port from 1 to 65535, or none',
      },
      word.offset,
    );
  else host.serverPort = port;
}

export function serverAdmin(call: Call): void {
  const { host } = call.scope;
  host.serverAdmin = call.words[0]?.text;
  call.wrote({ kind: 'directive', host: host.index, directive: call.name });
}

export function serverAlias(call: Call): void {
  const { host } = call.scope;
  if (!host.isVirtual) {
    call.error({
      code: 'CFG002',
      message: 'ServerAlias only used in <VirtualHost>',
      fix: 'move it into a virtual host',
    });
    return;
  }
  for (const word of call.words) {
    typographicQuotes(call, word);
    host.serverAliases.push(word.text);
  }
  call.wrote({ kind: 'directive', host: host.index, directive: call.name });
}

/** Source: httpd 2.4.x, listen.c, `ap_set_listener`. */
export function listen(call: Call): void {
  const [word, protocol, more] = call.words;
  const refuse = (message: string, fix: string): void => call.error({ code: 'CFG022', message, fix }, word?.offset);
  if (!word || more) {
    const offset = more?.offset;
    call.error(
      { code: 'CFG003', message: 'Listen requires 1 or 2 arguments.', fix: 'write Listen PORT or Listen ADDRESS:PORT' },
      offset,
    );
    return;
  }
  const parsed = parseAddress(word.text);
  if (parsed === null) {
    refuse(`Invalid address or port: ${word.text}`, 'write for example Listen 8080');
    return;
  }
  if (parsed.port === null) {
    refuse(`Port must be specified: ${word.text}`, `write Listen ${word.text}:80`);
    return;
  }
  const address = parsed.host ?? '*';
  if (call.draft.listens.some((other) => other.address === address && other.port === parsed.port)) {
    call.error(
      {
        code: 'CFG023',
        message: `Cannot define multiple Listeners on the same IP:port: ${word.text} is already listened on`,
        fix: 'remove one of the two',
      },
      word.offset,
    );
    return;
  }
  if (address !== '*' && !isIpv4(address) && !isIpv6(address)) {
    if (/^[0-9.]+$/.test(address) || !/^[\w.-]+$/.test(address)) {
      refuse(`Listen setup failed: ${address} is no address`, 'correct the address');
      return;
    }
    call.info(
      {
        code: 'CFG033',
        message: `${address} is looked up when Apache starts and must be an address of its machine`,
        fix: 'write an IP address',
      },
      word.offset,
    );
  }
  call.wrote({ kind: 'listen', index: call.draft.listens.length });
  call.draft.listens.push({ address, port: parsed.port });
  if (protocol?.text.toLowerCase() === 'https')
    call.info(
      {
        code: 'CFG033',
        message: 'the protocol of a Listen is left out of the model: every port speaks plain HTTP here',
        fix: 'nothing needs to change',
      },
      protocol.offset,
    );
}

/** Error: a configuration that refuses itself. */
export function errorDirective(call: Call): void {
  const text = call.directive.args.text;
  call.error({
    code: 'CFG035',
    message:
      text === ''
        ? 'The Error directive was used with no message.'
        : `the configuration says: ${text.replace(/^(["'])(.*)\1$/, '$2')}`,
    fix: 'meet the condition around it, or remove it',
  });
}

/** The main server's DocumentRoot must exist; a virtual host's need not. */
export function documentRoot(call: Call): void {
  const word = call.words[0];
  if (!word) return;
  const path = mergePath(call.reading.serverRoot, word.text).replace(/(.)\/$/, '$1');
  call.scope.host.documentRoot = path;
  call.wrote({ kind: 'directive', host: call.scope.host.index, directive: call.name });
  if (call.reading.source.kind(path) !== 'directory')
    call.warning(
      {
        code: 'CFG032',
        message: `there is no directory ${path} on this machine`,
        fix: 'make sure that it exists on the machine that runs Apache',
      },
      word.offset,
    );
}

/** DNS changes the name that Apache uses of itself, and leaves the port to the client as Off does. */
export function useCanonicalName(call: Call): void {
  oneOfWords('on', 'off', 'dns')(call);
  call.scope.settings.values.canonicalName = call.words[0]?.text.toLowerCase() === 'on';
  call.wroteSetting();
}
