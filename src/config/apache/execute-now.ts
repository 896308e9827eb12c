/**
 * The directives that Apache carries out while it reads the text, before it knows what surrounds them: definitions,
 * modules, includes and conditions. Source: httpd 2.4.x, EXEC_ON_READ in core.c, mod_so.c, mod_version.c, mod_macro.c.
 */
import { splitArguments } from './arguments.ts';
import { buildUntil, type Directive, type Parsed } from './build.ts';
import { decide, isCondition } from './conditions.ts';
import { include } from './include.ts';
import type { LineReader } from './lines.ts';
import { mergePath } from './paths.ts';
import type { Reading } from './reading.ts';
import { takeWord, type Word } from './words.ts';

type Execute = (reading: Reading, lines: LineReader, parsed: Parsed, words: readonly Word[]) => readonly Directive[];

export const isExecutedNow = (reading: Reading, key: string): boolean =>
  isCondition(key) ||
  Object.hasOwn(executions, key) ||
  (isMacro(key) && reading.modules.directives(key).length > 0) ||
  (isLuaSection(key) && reading.modules.directives(key).length > 0);

/** Carries it out and gives the directives that take its place. */
export function executeNow(reading: Reading, lines: LineReader, parsed: Parsed): readonly Directive[] {
  if (isCondition(parsed.key)) return condition(reading, lines, parsed);
  if (isMacro(parsed.key)) return refuseMacro(reading, lines, parsed);
  if (isLuaSection(parsed.key)) {
    skipSection(reading, lines, parsed.name);
    return [];
  }
  const execution = executions[parsed.key];
  if (!execution) return [];
  const split = splitArguments(execution.form, parsed.args);
  if (split.kind === 'refused') {
    reading.stop(lines.file, parsed.offset, {
      code: 'CFG003',
      message: `${parsed.name} ${split.why}`,
      fix: `write ${execution.usage}`,
    });
    return [];
  }
  return execution.run(reading, lines, parsed, split.words);
}

const isMacro = (key: string): boolean => ['<macro', 'use', 'undefmacro'].includes(key);
/** Lua source stands inside and is nobody else's business. */
const isLuaSection = (key: string): boolean => /^<lua(?:hook|quickhandler)/.test(key);

function condition(reading: Reading, lines: LineReader, parsed: Parsed): readonly Directive[] {
  const decided = decide(reading, parsed.key, parsed.name, parsed.args);
  if (decided.kind === 'refused') {
    reading.stop(lines.file, decided.offset, decided.finding);
    return [];
  }
  if (decided.holds) return buildUntil(reading, lines, parsed.key).directives;
  skipSection(reading, lines, parsed.name);
  return [];
}

/** Passes over a section and those inside it. Source: httpd 2.4.x, config.c, `ap_soak_end_container`. */
function skipSection(reading: Reading, lines: LineReader, name: string): void {
  const open = [name];
  for (let line = lines.next(); line !== null; line = lines.next()) {
    const { word, rest } = takeWord(line);
    if (!word.text.startsWith('<')) continue;
    if (word.text[1] !== '/') {
      open.push(rest.text === '' ? word.text.replace(/>$/, '') : word.text);
      continue;
    }
    const expected = open.at(-1)?.slice(1) ?? '';
    if (word.text.slice(2, -1).toLowerCase() !== expected.toLowerCase()) {
      reading.stop(lines.file, word.offset, {
        code: 'CFG004',
        message: `expected </${expected}> but saw ${word.text}`,
        fix: `close <${expected}> first: write </${expected}> above`,
      });
      return;
    }
    open.pop();
    if (open.length === 0) return;
  }
  const unclosed = open.at(-1) ?? name;
  reading.stop(lines.file, lines.file.text.length, {
    code: 'CFG004',
    message: `expected </${unclosed.slice(1)}> before the end of the file`,
    fix: `add </${unclosed.slice(1)}>`,
  });
}

function refuseMacro(reading: Reading, lines: LineReader, parsed: Parsed): readonly Directive[] {
  reading.stop(lines.file, parsed.offset, {
    code: 'CFG008',
    message: `${parsed.name.replace(/^<(.*)$/, '<$1>')} cannot be read: macros are not expanded here`,
    fix: 'write the directives out that the macro stands for',
  });
  return [];
}

interface Execution {
  readonly form: 'take1' | 'take12' | 'take2' | 'iterate';
  readonly usage: string;
  readonly run: Execute;
}

const withoutColon = (reading: Reading, lines: LineReader, name: Word): boolean => {
  if (!name.text.includes(':')) return true;
  reading.stop(lines.file, name.offset, {
    code: 'CFG003',
    message: "the name of a variable must not contain ':'",
    fix: 'choose another name',
  });
  return false;
};

const define: Execute = (reading, lines, _parsed, [name, value]) => {
  if (!name || !withoutColon(reading, lines, name)) return [];
  reading.defines.add(name.text);
  if (value && value.text !== '') reading.variables.set(name.text.toLowerCase(), value.text);
  return [];
};

const undefine: Execute = (reading, lines, _parsed, [name]) => {
  if (!name || !withoutColon(reading, lines, name)) return [];
  reading.defines.delete(name.text);
  reading.variables.delete(name.text.toLowerCase());
  return [];
};

/** Apache refuses a directory that is not there; on another machine than the server's that means nothing. */
const directoryHere = (reading: Reading, lines: LineReader, parsed: Parsed, word: Word, path: string): void => {
  if (reading.source.kind(path) !== 'directory')
    reading.report('warning', lines.file, word.offset, {
      code: 'CFG032',
      message: `${parsed.name} must be a directory, and there is none at ${path} on this machine`,
      fix: 'make sure that it exists on the machine that runs Apache',
    });
};

const serverRoot: Execute = (reading, lines, parsed, [word]) => {
  if (!word) return [];
  const path = mergePath('/', word.text).replace(/(.)\/$/, '$1');
  directoryHere(reading, lines, parsed, word, path);
  reading.serverRoot = path;
  return [];
};

const runtimeDirectory: Execute = (reading, lines, parsed, [word]) => {
  if (word)
    directoryHere(reading, lines, parsed, word, mergePath(reading.serverRoot, word.text).replace(/(.)\/$/, '$1'));
  return [];
};

const loadModule: Execute = (reading, lines, parsed, [symbol, path]) => {
  if (!symbol || !path) return [];
  const refuse = (message: string, fix: string): readonly Directive[] => {
    reading.stop(lines.file, symbol.offset, { code: 'CFG029', message, fix });
    return [];
  };
  switch (reading.modules.load(symbol.text, path.text)) {
    case 'already-loaded':
      reading.report('warning', lines.file, parsed.offset, {
        code: 'CFG030',
        message: `the module ${symbol.text} is already loaded`,
        fix: 'remove this line',
      });
      return [];
    case 'built-in':
      return refuse(`the module ${symbol.text} is built into the server and cannot be loaded`, 'remove this line');
    case 'wrong-file':
      return refuse(
        `${path.text} does not hold the module ${symbol.text}`,
        `write LoadModule ${symbol.text} modules/mod_${symbol.text.replace(/_module$/, '')}.so`,
      );
    case 'unknown-module':
      reading.report('info', lines.file, symbol.offset, {
        code: 'CFG043',
        message: `${symbol.text} is not a module of Apache: its directives are accepted without a check`,
        fix: 'check the name if it was meant to be one of Apache',
      });
      break;
    case 'loaded':
      break;
  }
  const file = mergePath(reading.serverRoot, path.text);
  if (reading.source.kind(file) === 'missing' && reading.source.kind(mergePath(file, '..')) === 'directory')
    reading.report('warning', lines.file, path.offset, {
      code: 'CFG032',
      message: `there is no module file ${file} on this machine`,
      fix: 'make sure that it exists on the machine that runs Apache',
    });
  return [];
};

const executions: Readonly<Record<string, Execution>> = {
  define: { form: 'take12', usage: 'Define NAME or Define NAME VALUE', run: define },
  undefine: { form: 'take1', usage: 'UnDefine NAME', run: undefine },
  serverroot: { form: 'take1', usage: 'ServerRoot DIRECTORY', run: serverRoot },
  defaultruntimedir: { form: 'take1', usage: 'DefaultRuntimeDir DIRECTORY', run: runtimeDirectory },
  loadmodule: { form: 'take2', usage: 'LoadModule NAME_module PATH', run: loadModule },
  loadfile: { form: 'iterate', usage: 'LoadFile PATH …', run: () => [] },
  include: {
    form: 'take1',
    usage: 'Include PATH',
    run: (reading, lines, _parsed, [name]) => (name ? include(reading, lines.file, name, false) : []),
  },
  includeoptional: {
    form: 'take1',
    usage: 'IncludeOptional PATH',
    run: (reading, lines, _parsed, [name]) => (name ? include(reading, lines.file, name, true) : []),
  },
};
