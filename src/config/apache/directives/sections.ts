/**
 * The sections of the second pass. Source: httpd 2.4.x, core.c, `dirsection`, `urlsection`, `filesection`, `ifsection`,
 * `virtualhost_section`, `ap_limit_section`.
 */
import type { Section } from '../../../../spec/deployments/apache.ts';
import { parseAddress } from '../addresses.ts';
import type { Directive } from '../build.ts';
import type { Call, Scope } from '../call.ts';
import { HostDraft, SettingsDraft } from '../draft.ts';
import { intersection, isNone, isSame, methodSet } from '../method-set.ts';
import { mergePath } from '../paths.ts';
import { offsetOf, type Placed, slice } from '../placed.ts';
import { takeWord, takeWords, type Word } from '../words.ts';
import { compiles } from './wsgi-scripts.ts';

/** What stands between the name and the last `>`; null after an error. */
export function sectionArguments(call: Call): Placed | null {
  const { args } = call.directive;
  const end = args.text.lastIndexOf('>');
  if (end === -1) {
    call.error(
      { code: 'CFG004', message: `${call.name}> directive missing closing '>'`, fix: "end the line with '>'" },
      offsetOf(args, args.text.length),
    );
    return null;
  }
  return slice(args, 0, end);
}

/** The arguments of a section that needs some. */
function neededArguments(call: Call): Placed | null {
  const args = sectionArguments(call);
  if (args?.text === '') {
    call.error({
      code: 'CFG003',
      message: `${call.name}> directive requires additional arguments`,
      fix: `write what it is about: ${call.name} something>`,
    });
    return null;
  }
  return args;
}

export function virtualHost(call: Call): void {
  const args = neededArguments(call);
  if (args === null) return;
  const host = new HostDraft(call.draft.hosts.length);
  // An empty word is passed over, and may leave a host without any address.
  for (const word of takeWords(args)) if (word.text !== '' && !addAddress(call, host, word)) return;
  call.draft.hosts.push(host);
  call.wrote({ kind: 'host', host: host.index });
  call.walkChildren({
    ...call.scope,
    host,
    settings: host.settings,
    access: host.settings.access,
    section: null,
    around: [...call.scope.around, call.directive],
  });
}

function addAddress(call: Call, host: HostDraft, word: Word): boolean {
  const anyPort = /(?:^|:)\*$/.test(word.text);
  const text = word.text.endsWith(':*') ? word.text.slice(0, -2) : word.text;
  const parsed = parseAddress(text);
  if (parsed === null || parsed.host === null) {
    call.error(
      {
        code: 'CFG022',
        message:
          parsed === null
            ? `The address or port is invalid: ${word.text}`
            : `Missing address for VirtualHost: ${word.text} is a port only`,
        fix: parsed === null ? 'write for example <VirtualHost *:80>' : `write <VirtualHost *:${word.text}>`,
      },
      word.offset,
    );
    return false;
  }
  const port = parsed.port ?? (anyPort ? null : call.draft.hosts[0].serverPort);
  const isAny = parsed.host === '*' || parsed.host.toLowerCase() === '_default_' || !isIpAddress(parsed.host);
  if (isAny && parsed.host !== '*' && parsed.host.toLowerCase() !== '_default_')
    call.warning(
      {
        code: 'CFG033',
        message: `${parsed.host} is looked up when Apache starts; here it is taken for every address`,
        fix: 'write an IP address or *, and use ServerName for the name',
      },
      word.offset,
    );
  host.addresses.push({ address: isAny ? '*' : parsed.host, port });
  return true;
}

const isIpAddress = (host: string): boolean => host.includes(':') || /^[0-9.]+$/.test(host);

/** Directory, DirectoryMatch, Location, LocationMatch and the old `~` form of each. */
export function directoryOrLocation(call: Call): void {
  const args = neededArguments(call);
  if (args === null) return;
  const head = patternOf(call, args);
  if (head === null) return;
  const kind = call.directive.key.startsWith('<directory') ? 'directory' : 'location';
  const isPath = kind === 'directory' && head.match === 'exact';
  const pattern = isPath ? directoryPath(call, head.word) : head.word.text;
  openSection(call, { kind, match: head.match, pattern, within: null }, head.word);
  refuseMore(call, head.rest);
}

export function files(call: Call): void {
  const outer = call.scope.around.find((section) => /^<location/.test(section.key));
  if (outer) {
    call.error({
      code: 'CFG002',
      message: `${call.name}> cannot occur within ${outer.name}> section`,
      fix: 'move it out',
    });
    return;
  }
  if (refusedInLimit(call)) return;
  const args = neededArguments(call);
  if (args === null) return;
  const head = patternOf(call, args);
  if (head === null) return;
  const parent = call.scope.section === null ? null : (call.scope.host.sections[call.scope.section] ?? null);
  const isNested = call.scope.level !== 'server' && parent?.kind !== 'directory';
  if (isNested) {
    leaveOut(call, `${call.name}> inside a section other than Directory`);
    call.walkChildren(leftOut(call));
  } else {
    const within = parent === null ? null : { match: parent.match, pattern: parent.pattern };
    openSection(call, { kind: 'files', match: head.match, pattern: head.word.text, within }, head.word);
  }
  refuseMore(call, head.rest);
}

/** If, ElseIf and Else: decided for each request, so not part of the model. */
export function conditional(call: Call): void {
  if (refusedInLimit(call)) return;
  const args = sectionArguments(call);
  if (args === null) return;
  if (call.directive.key === '<else' && args.text !== '') {
    call.error({ code: 'CFG003', message: '<Else> does not take an argument', fix: 'write <Else>' });
    return;
  }
  if (call.directive.key !== '<else' && args.text === '') {
    call.error({
      code: 'CFG003',
      message: `${call.name}> directive requires additional arguments`,
      fix: `write ${call.name} "EXPRESSION">`,
    });
    return;
  }
  const { settings } = call.scope;
  const kind = call.directive.key === '<if' ? 'if' : call.directive.key === '<else' ? 'else' : 'elseif';
  if (kind !== 'if' && settings.lastCondition !== 'if' && settings.lastCondition !== 'elseif') {
    call.error({
      code: 'CFG002',
      message: '<Else> or <ElseIf> section without previous <If> or <ElseIf> section in same scope',
      fix: 'write <If> above it, in the same section',
    });
    return;
  }
  settings.lastCondition = kind;
  if (holdsWsgi(call.directive))
    call.warning({
      code: 'CFG010',
      message: `the condition of ${call.name}> is not evaluated: the prediction leaves out what it sets for mod_wsgi`,
      fix: 'use Location or Directory where that is enough',
    });
  call.walkChildren(leftOut(call));
  if (call.directive.key !== '<else') refuseMore(call, takeWord(args).rest);
}

const holdsWsgi = (directive: Directive): boolean =>
  directive.children.some((child) => child.key.startsWith('wsgi') || holdsWsgi(child));

/** Limit and LimitExcept: settings of mod_wsgi inside hold for every method, rules about access do not. */
export function limit(call: Call): void {
  const args = neededArguments(call);
  if (args === null) return;
  const trace = takeWords(args).find((word) => word.text === 'TRACE');
  if (trace && call.directive.key === '<limit') {
    call.error(
      { code: 'CFG003', message: 'TRACE cannot be controlled by <Limit>, see TraceEnable', fix: 'use TraceEnable' },
      trace.offset,
    );
    return;
  }
  const named = methodSet(
    takeWords(args).map((word) => word.text),
    call.directive.key === '<limitexcept',
  );
  const methods = intersection(call.scope.methods, named);
  if (isNone(methods) || isSame(methods, call.scope.methods)) {
    const why = isNone(methods) ? 'excludes all methods' : 'specifies methods already excluded';
    call.error({
      code: 'CFG003',
      message: `${call.name}> directive ${why}`,
      fix: 'name methods that the section around leaves',
    });
    return;
  }
  call.walkChildren({ ...call.scope, isLimited: true, methods, around: [...call.scope.around, call.directive] });
}

/** Any other section of Apache's modules, such as Proxy: read and checked, not modelled. */
export function otherSection(call: Call): void {
  if (sectionArguments(call) === null) return;
  call.walkChildren(leftOut(call));
}

interface PatternHead {
  readonly match: Section['match'];
  readonly word: Word;
  readonly rest: Placed;
}

/** The path or expression of a section; null after an error. */
function patternOf(call: Call, args: Placed): PatternHead | null {
  let { word, rest } = takeWord(args);
  let match: Section['match'] = call.directive.key.endsWith('match') ? 'regex' : 'exact';
  if (match === 'exact' && word.text === '~') {
    match = 'regex';
    ({ word, rest } = takeWord(rest));
  }
  if (match === 'regex' && !compiles(call, word)) return null;
  return { match, word, rest };
}

/** Without `.`, `..`, double slashes and a final slash. */
function directoryPath(call: Call, word: Word): string {
  if (word.text === '/') return '/';
  if (!word.text.startsWith('/')) {
    call.warning(
      {
        code: 'CFG032',
        message: `the path ${word.text} is not absolute: Apache takes it from the directory it is started in`,
        fix: 'write an absolute path',
      },
      word.offset,
    );
    return word.text;
  }
  return mergePath('/', word.text).replace(/(.)\/$/, '$1');
}

function openSection(call: Call, section: Omit<Section, 'settings'>, word: Word): void {
  typographicQuotes(call, word);
  const draft = new SettingsDraft();
  const { host } = call.scope;
  const index = host.sections.length;
  if (call.scope.isModelled) {
    host.sections.push({ ...section, draft });
    call.wrote({ kind: 'section', host: host.index, index });
  }
  call.walkChildren({
    ...call.scope,
    level: 'directory',
    settings: draft,
    access: draft.access,
    requires: 'any',
    section: call.scope.isModelled ? index : null,
    around: [...call.scope.around, call.directive],
  });
}

/** A scope whose settings nobody reads. */
function leftOut(call: Call): Scope {
  const draft = new SettingsDraft();
  return {
    ...call.scope,
    level: 'directory',
    settings: draft,
    access: draft.access,
    requires: 'any',
    section: null,
    isModelled: false,
    around: [...call.scope.around, call.directive],
  };
}

function leaveOut(call: Call, what: string): void {
  call.warning({
    code: 'CFG033',
    message: `${what} is left out of the prediction`,
    fix: 'write it outside that section',
  });
}

function refusedInLimit(call: Call): boolean {
  if (!call.scope.isLimited) return false;
  call.error({
    code: 'CFG002',
    message: `${call.name}> cannot occur within <Limit> or <LimitExcept> section`,
    fix: 'move it out',
  });
  return true;
}

/** Apache complains only after it has carried out what stands inside. */
function refuseMore(call: Call, rest: Placed): void {
  if (rest.text === '') return;
  call.error(
    {
      code: 'CFG003',
      message: `Multiple ${call.name}> arguments not (yet) supported.`,
      fix: 'write one section for each, and quote a path that holds spaces',
    },
    offsetOf(rest, 0),
  );
}

/** Quotes that came from a web page are part of the word. */
export function typographicQuotes(call: Call, word: Word): void {
  if (!/[\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb]/.test(word.text)) return;
  call.warning(
    {
      code: 'CFG038',
      message: `the typographic quotes in ${word.text} are part of the word: it will match nothing`,
      fix: `write ${JSON.stringify(word.text.replace(/[\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb]/g, ''))} with straight quotes`,
    },
    word.offset,
  );
}
