/**
 * Require of mod_authz_core, and Order, Allow, Deny of mod_access_compat.
 * Source: httpd 2.4.x, mod_authz_core.c `add_authz_provider`, mod_authz_host.c, mod_access_compat.c.
 */

import { combine, type Rule, type Verdict } from '../access-rules.ts';
import { isAddressOrSubnet } from '../addresses.ts';
import type { Call } from '../call.ts';
import { allMethods, isSame } from '../method-set.ts';
import type { Placed } from '../placed.ts';
import { takeWord, takeWords, type Word } from '../words.ts';
import { sectionArguments } from './sections.ts';

/** Which module offers which provider; null is any module, since mod_wsgi and the core count as loaded. */
const providers: Readonly<Record<string, string | null>> = {
  all: 'authz_core_module',
  env: 'authz_core_module',
  method: 'authz_core_module',
  expr: 'authz_core_module',
  ip: 'authz_host_module',
  host: 'authz_host_module',
  'forward-dns': 'authz_host_module',
  local: 'authz_host_module',
  user: 'authz_user_module',
  'valid-user': 'authz_user_module',
  group: 'authz_groupfile_module',
  'file-owner': 'authz_owner_module',
  'file-group': 'authz_owner_module',
  'dbm-group': 'authz_dbm_module',
  'dbm-file-group': 'authz_dbm_module',
  'dbd-group': 'authz_dbd_module',
  'dbd-login': 'authz_dbd_module',
  'dbd-logout': 'authz_dbd_module',
  'ldap-user': 'authnz_ldap_module',
  'ldap-group': 'authnz_ldap_module',
  'ldap-dn': 'authnz_ldap_module',
  'ldap-attribute': 'authnz_ldap_module',
  'ldap-filter': 'authnz_ldap_module',
  'ldap-search': 'authnz_ldap_module',
  'wsgi-group': null,
};

export function require(call: Call): void {
  const first = takeWord(call.directive.args);
  const isNegated = first.word.text.toLowerCase() === 'not';
  const { word, rest } = isNegated ? takeWord(first.rest) : first;
  if (!isKnownProvider(call, word)) {
    call.error(
      { code: 'CFG045', message: `Unknown Authz provider: ${word.text}`, fix: 'write for example Require all granted' },
      word.offset,
    );
    return;
  }
  const verdict = verdictOf(call, word, rest);
  if (verdict === null) return;
  if (isNegated && call.scope.requires !== 'all') {
    call.error({
      code: 'CFG045',
      message: `negative Require directive has no effect in <${requireNames[call.scope.requires]}> directive`,
      fix: 'put it into <RequireAll> beside a Require without not',
    });
    return;
  }
  call.scope.access.required.push({ verdict, isNegated, isForSomeMethods: !isSame(call.scope.methods, allMethods) });
  if (verdict === 'depends') dependsOnClient(call);
  call.wroteSetting();
}

const requireNames = { any: 'RequireAny', all: 'RequireAll', none: 'RequireNone' } as const;

/** RequireAll, RequireAny, RequireNone. Source: httpd 2.4.x, mod_authz_core.c, `add_authz_section`. */
export function requireContainer(call: Call): void {
  const args = sectionArguments(call);
  if (args === null) return;
  const refuse = (message: string, fix: string): void => call.error({ code: 'CFG045', message, fix });
  if (args.text !== '') {
    refuse(`${call.name}> directive doesn't take additional arguments`, `write ${call.name}>`);
    return;
  }
  const outer = call.scope.requires;
  const requires = call.directive.key === '<requireall' ? 'all' : call.directive.key === '<requireany' ? 'any' : 'none';
  const required: Rule[] = [];
  call.walkChildren({
    ...call.scope,
    level: 'authorization',
    access: { required },
    requires,
    isLimited: true,
    around: [...call.scope.around, call.directive],
  });
  const how = requires === 'all' ? 'all' : 'any';
  if (required.length === 0)
    refuse(`${call.name}> directive contains no authorization directives`, 'put a Require into it');
  else if (requires === 'none' && outer !== 'all')
    refuse(`${call.name}> directive has no effect in <${requireNames[outer]}> directive`, 'put it into <RequireAll>');
  // A container inside one that combines in the same way is part of it.
  else if (requires !== 'none' && (how === 'all') === (outer === 'all')) call.scope.access.required.push(...required);
  else if (required.every(({ isNegated }) => isNegated))
    refuse(`${call.name}> directive contains only negative authorization directives`, 'add a Require without not');
  else
    call.scope.access.required.push({
      verdict: combine(how, required),
      isNegated: requires === 'none',
      isForSomeMethods: false,
    });
}

function isKnownProvider(call: Call, word: Word): boolean {
  if (!Object.hasOwn(providers, word.text)) return false;
  const module = providers[word.text];
  return module == null || call.reading.modules.everything || call.reading.modules.has(module);
}

/** What a provider decides; null after an error about its arguments. */
function verdictOf(call: Call, provider: Word, rest: Placed): Verdict | null {
  const refuse = (message: string, fix: string): null => {
    call.error({ code: 'CFG045', message, fix }, provider.offset);
    return null;
  };
  switch (provider.text) {
    case 'all':
      if (/^granted$/i.test(rest.text)) return 'granted';
      if (/^denied$/i.test(rest.text)) return 'denied';
      return refuse("Argument for 'Require all' must be 'granted' or 'denied'", 'write Require all granted');
    case 'ip': {
      if (rest.text === '')
        return refuse("'require ip' requires an argument", 'write for example Require ip 10.0.0.0/8');
      let left = rest;
      while (left.text !== '') {
        const { word, rest: next } = takeWord(left);
        if (!isAddressOrSubnet(word.text))
          return refuse(`ip address '${word.text}' appears to be invalid`, 'correct it');
        left = next;
      }
      return 'depends';
    }
    case 'method': {
      const wrong = takeWords(rest).find((word) => !methods.has(word.text));
      return wrong === undefined
        ? 'depends'
        : refuse(`Invalid Method '${wrong.text}'`, 'write methods in capital letters');
    }
    default:
      return 'depends';
  }
}

/** Source: httpd 2.4.x, http_protocol.c, `ap_method_registry_init`. */
const methods = new Set([
  ...['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'PROPFIND', 'PROPPATCH', 'MKCOL'],
  ...['COPY', 'MOVE', 'LOCK', 'UNLOCK', 'VERSION-CONTROL', 'CHECKOUT', 'UNCHECKOUT', 'CHECKIN', 'UPDATE', 'LABEL'],
  ...['REPORT', 'MKWORKSPACE', 'MKACTIVITY', 'BASELINE-CONTROL', 'MERGE'],
]);

export function order(call: Call): void {
  const word = call.words[0];
  if (!word) return;
  const value = word.text.toLowerCase();
  if (value === 'allow,deny' || value === 'mutual-failure') call.scope.settings.access.order = 'allow,deny';
  else if (value === 'deny,allow') call.scope.settings.access.order = 'deny,allow';
  else
    call.error(
      { code: 'CFG019', message: 'unknown order', fix: 'write Order allow,deny without a space' },
      word.offset,
    );
}

export const allowOrDeny =
  (which: 'allows' | 'denies') =>
  (call: Call): void => {
    const [from, ...wheres] = call.words;
    if (from && from.text.toLowerCase() !== 'from') {
      call.error(
        { code: 'CFG045', message: "allow and deny must be followed by 'from'", fix: `write ${call.name} from all` },
        from.offset,
      );
      return;
    }
    for (const where of wheres) {
      const isAll = where.text.toLowerCase() === 'all';
      const isEnv = /^env=/i.test(where.text);
      if (!isEnv && where.text.includes('/') && !isAddressOrSubnet(where.text))
        call.error(
          { code: 'CFG045', message: `An IP address was expected: ${where.text}`, fix: 'correct it' },
          where.offset,
        );
      if (!isAll) dependsOnClient(call);
      call.scope.settings.access[which].push(isAll ? 'all' : 'some');
    }
    call.wroteSetting();
  };

function dependsOnClient(call: Call): void {
  call.info({
    code: 'CFG044',
    message: `${call.name} ${call.directive.args.text} depends on the client: the prediction takes it for granted`,
    fix: 'nothing needs to change',
  });
}
