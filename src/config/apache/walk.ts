/**
 * The second pass: carries out the directives of the tree, each in its place. Where Apache stops at the first error this
 * goes on, so that one reading shows them all. Source: httpd 2.4.x, config.c, `ap_walk_config`, `invoke_cmd`.
 */
import type { ApacheDirective, DirectiveContext, DirectiveForm } from '../../../spec/options/apache-directives.ts';
import { wsgiDirective, wsgiDirectives } from '../../../spec/options/mod-wsgi-directives.ts';
import { splitArguments } from './arguments.ts';
import type { Directive } from './build.ts';
import { Call, type Scope } from './call.ts';
import { handlers } from './directives/handlers.ts';
import { otherSection, sectionArguments } from './directives/sections.ts';
import type { Draft } from './draft.ts';
import { directiveNames, modulesWith } from './modules.ts';
import type { Reading } from './reading.ts';
import { takeWords } from './words.ts';

/** What is known about a directive, whoever's it is. */
interface Known {
  readonly context: DirectiveContext;
  readonly form: DirectiveForm;
  readonly mainServerOnly: boolean;
  readonly isAuthorization: boolean;
  /** The server's words at the end of a message about arguments. */
  readonly help: string | null;
}

export function walk(reading: Reading, draft: Draft, directives: readonly Directive[], scope: Scope): void {
  for (const directive of directives) visit(reading, draft, directive, scope);
}

function visit(reading: Reading, draft: Draft, directive: Directive, scope: Scope): void {
  const known = knownAs(reading, directive.name);
  if (known.length === 0) {
    unknown(reading, directive);
    return;
  }
  const parts = {
    reading,
    draft,
    directive,
    scope,
    walkChildren: (inner: Scope) => walk(reading, draft, directive.children, inner),
  };
  // Several modules may have a directive of one name; Apache asks each of them, and all must accept it.
  let words: Call['words'] | null = [];
  for (const one of known) {
    words = accepted(new Call({ ...parts, words: [] }), one);
    if (words === null) return;
  }
  const call = new Call({ ...parts, words });
  // Any directive may turn out to matter later; a handler that knows a better place says so.
  if (scope.level === 'server') call.wrote({ kind: 'directive', host: scope.host.index, directive: directive.name });
  const handler = handlers.get(directive.key);
  if (handler) handler(call);
  else if (directive.name.startsWith('<')) otherSection(call);
  remarkOnQuotes(call);
}

function knownAs(reading: Reading, name: string): readonly Known[] {
  const wsgi = wsgiDirective(name, reading.modWsgi);
  // mod_wsgi's directives that may stand inside sections only are those about authorization.
  if (wsgi) return [{ ...wsgi, isAuthorization: wsgi.context === 'directory' }];
  return reading.modules.directives(name).map((one: ApacheDirective) => ({ ...one, help: null }));
}

/** The arguments, if the directive may stand here and has the right number of them; null after an error. */
function accepted(call: Call, known: Known): Call['words'] | null {
  const { scope, directive } = call;
  const here = scope.level === 'server' ? 'server' : 'directory';
  const isAllowed =
    scope.level === 'authorization' ? known.isAuthorization : known.context === 'everywhere' || known.context === here;
  if (!isAllowed) {
    const around = scope.around.at(-1);
    call.error({
      code: 'CFG002',
      message: `${directive.name} not allowed ${around ? `in ${around.name}> context` : 'here'}`,
      fix:
        known.context === 'server'
          ? 'move it out of every Directory, Location, Files and If'
          : 'put it into a Directory or a Location',
    });
    return null;
  }
  const split = splitArguments(known.form, directive.args);
  if (split.kind === 'refused') {
    const help = known.help === null ? '' : `, ${known.help}`;
    call.error(
      {
        code: 'CFG003',
        message: `${directive.name} ${split.why}${help}`,
        fix: `correct the arguments of ${directive.name}`,
      },
      call.argumentsOffset,
    );
    return null;
  }
  if (known.mainServerOnly && (scope.host.isVirtual || scope.isLimited)) {
    call.error({
      code: 'CFG002',
      message: `${directive.name} cannot occur within ${scope.host.isVirtual ? '<VirtualHost> section' : '<Limit> or <LimitExcept> section'}`,
      fix: 'move it out: it holds for the whole server',
    });
    return null;
  }
  if (known.form !== 'section') return split.words;
  const args = directive.args.text.includes('>') ? sectionArguments(call) : directive.args;
  return args === null ? null : takeWords(args);
}

function unknown(reading: Reading, directive: Directive): void {
  const { name, key, file, offset } = directive;
  const severity = reading.modules.hasUnknown ? 'warning' : 'error';
  reading.report(severity, file, offset, {
    code: 'CFG001',
    message: `Invalid command '${name}', perhaps misspelled or defined by a module not included in the server configuration`,
    fix: howToKnow(reading, name, key),
  });
}

function howToKnow(reading: Reading, name: string, key: string): string {
  const wsgi = wsgiDirectives.find((row) => row.name.toLowerCase() === key);
  if (wsgi) {
    const when = wsgi.until === null ? `came with ${wsgi.since}` : `left in ${wsgi.until}`;
    return `remove it: it ${when} and mod_wsgi ${reading.modWsgi} does not know it`;
  }
  const module = modulesWith(name)[0];
  if (module) return `load ${module.symbol}, or put it into <IfModule ${module.file}>`;
  const near = allNames.find(({ lower }) => isOneSlipAway(lower, key))?.name;
  return near === undefined ? 'correct the name, or load the module that has it' : `write ${near}`;
}

const allNames = [...directiveNames, ...wsgiDirectives.map((row) => row.name)].map((name) => ({
  name,
  lower: name.toLowerCase(),
}));

/** Whether one letter was added, left out, changed or swapped with the next. */
function isOneSlipAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const restA = a.slice(start);
  const restB = b.slice(start);
  return (
    restA.slice(1) === restB.slice(1) ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}

/** A quote that is never closed, and quotes from a web page, in directives of mod_wsgi: Apache says nothing. */
function remarkOnQuotes(call: Call): void {
  if (!call.directive.key.startsWith('wsgi')) return;
  const words = takeWords(call.directive.args);
  const unclosed = words.find((word) => word.unclosed);
  if (unclosed)
    call.warning(
      {
        code: 'CFG039',
        message: 'the quote opened here is never closed: the word goes on to the end of the line',
        fix: 'close it',
      },
      unclosed.offset,
    );
  const typographic = words.find((word) => /[\u2018\u2019\u201c\u201d\u201e]/.test(word.text));
  if (typographic)
    call.warning(
      {
        code: 'CFG038',
        message: `the typographic quotes in ${typographic.text} are part of the word`,
        fix: 'write straight quotes',
      },
      typographic.offset,
    );
}
