/**
 * The conditions Apache decides while it reads: IfModule, IfDefine, IfFile, IfDirective, IfSection and IfVersion.
 * Source: httpd 2.4.x, core.c, `start_cond_section`; mod_version.c, `start_ifversion`.
 */
import { wsgiDirective } from '../../../spec/options/mod-wsgi-directives.ts';
import { splitArguments } from './arguments.ts';
import { mergePath } from './paths.ts';
import { offsetOf, type Placed, slice } from './placed.ts';
import type { Finding, Reading } from './reading.ts';
import { patternMatches, regexProblem } from './regex.ts';
import { takeWord } from './words.ts';

/** The release of httpd that IfVersion compares with. */
export const httpdVersion = [2, 4, 62] as const;

export type Condition =
  | { readonly kind: 'decided'; readonly holds: boolean }
  | { readonly kind: 'refused'; readonly offset: number; readonly finding: Finding };

const tests: Readonly<Record<string, (reading: Reading, argument: string) => boolean>> = {
  '<ifmodule': (reading, name) => reading.modules.has(name),
  '<ifdefine': (reading, name) => reading.defines.has(name),
  '<iffile': (reading, path) => {
    const kind = reading.source.kind(mergePath(reading.serverRoot, path));
    return kind !== 'missing';
  },
  '<ifdirective': (reading, name) => isKnown(reading, name),
  '<ifsection': (reading, name) => isKnown(reading, `<${name}`),
};

export const isCondition = (key: string): boolean => key === '<ifversion' || Object.hasOwn(tests, key);

/** Decides a condition; its name is in lower case with the `<`. */
export function decide(reading: Reading, key: string, name: string, args: Placed): Condition {
  if (key === '<ifversion') return decideVersion(name, args);
  const end = args.text.lastIndexOf('>');
  if (end === -1) return missingBracket(name, args);
  const negated = args.text.startsWith('!');
  const { word } = takeWord(slice(args, Math.min(negated ? 1 : 0, end), end));
  if (word.text === '')
    return refused(offsetOf(args, 0), {
      code: 'CFG003',
      message: `${name}> requires additional arguments`,
      fix: `write what it asks for: ${name} something>`,
    });
  return { kind: 'decided', holds: (tests[key]?.(reading, word.text) ?? false) !== negated };
}

const isKnown = (reading: Reading, name: string): boolean =>
  reading.modules.directives(name).length > 0 || wsgiDirective(name, reading.modWsgi) !== undefined;

const refused = (offset: number, finding: Finding): Condition => ({ kind: 'refused', offset, finding });

const missingBracket = (name: string, args: Placed): Condition =>
  refused(offsetOf(args, args.text.length), {
    code: 'CFG004',
    message: `${name}> is missing its closing '>'`,
    fix: "end the line with '>'",
  });

function decideVersion(name: string, args: Placed): Condition {
  const split = splitArguments('take123', args);
  const offset = offsetOf(args, 0);
  const refuse = (message: string): Condition =>
    refused(offset, { code: 'CFG042', message, fix: 'write for example <IfVersion >= 2.4>' });
  if (split.kind === 'refused')
    return refused(offset, {
      code: 'CFG003',
      message: `${name} ${split.why}`,
      fix: 'write for example <IfVersion >= 2.4>',
    });
  let [first = '', second, third] = split.words.map((word) => word.text);
  if (second === undefined || second === '') [first, second] = ['=', first];
  if ((third === undefined || third === '') && second === '>') [first, second, third] = ['=', first, '>'];
  const isApart = third === '>';
  if (second === '' || (!isApart && !second.endsWith('>'))) return missingBracket(name, args);
  const version = isApart ? second : second.slice(0, -1);
  const negated = first.startsWith('!');
  const operator = negated && first.length > 1 ? first.slice(1) : first;
  if (!/^(?:[=<>]=?|~|!=)$/.test(operator)) return refuse(`IfVersion does not know the operator '${first}'`);
  return decideOperator(operator, version, negated, refuse);
}

function decideOperator(
  operator: string,
  version: string,
  negated: boolean,
  refuse: (message: string) => Condition,
): Condition {
  const decided = (holds: boolean): Condition => ({ kind: 'decided', holds: holds !== negated });
  if (operator === '!=') return refuse("IfVersion does not know the operator '!'");
  if (operator === '~' || (operator.startsWith('=') && version.startsWith('/'))) {
    const source = operator === '~' ? version : version.slice(1, -1);
    if (operator !== '~' && (version.length < 2 || !version.endsWith('/')))
      return refuse('IfVersion: the regular expression lacks its closing /');
    if (regexProblem(source) !== null) return refuse('IfVersion: the regular expression does not compile');
    return decided(patternMatches(source, httpdVersion.join('.')));
  }
  if (!/^[0-9]+(?:\.[0-9]*){0,2}\.?$/.test(version))
    return refuse(`IfVersion: '${version}' is not a version such as 2.4.62`);
  const compared = compareVersions(version);
  const orEqual = operator.endsWith('=');
  switch (operator[0]) {
    case '<':
      return decided(compared < 0 || (orEqual && compared === 0));
    case '>':
      return decided(compared > 0 || (orEqual && compared === 0));
    default:
      return decided(compared === 0);
  }
}

/** Negative where httpd is older than `version`, 0 where equal; parts left out are 0. */
function compareVersions(version: string): number {
  const parts = version.split('.').map(Number);
  for (const [index, part] of httpdVersion.entries()) {
    const difference = part - (parts[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
