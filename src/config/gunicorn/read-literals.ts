/**
 * A settings file read without Python: assignments at the left margin whose value is a literal, and functions. Whatever
 * else assigns a name makes it unknown.
 */
import type { Position } from '../diagnostic.ts';
import { bool, int, literalIntOf, none, type PythonValue, str } from './python-value.ts';
import type { SettingsName } from './settings-file.ts';

export interface Literals {
  readonly values: readonly SettingsName[];
  readonly unknown: readonly { readonly name: string; readonly at: Position }[];
}

export function readLiterals(text: string, file: string): Literals {
  const known = new Map<string, SettingsName>();
  const unknown = new Map<string, Position>();
  const isInText = linesInsideTexts(text);
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (isInText.has(index)) continue;
    const [, indent = '', name = '', operator = '', value = ''] =
      /^(\s*)([A-Za-z_]\w*)\s*(?::[^=]+)?([-+*/%|&^]?=)(?!=)\s*(.*)$/.exec(line) ?? [];
    const at = { file, line: index + 1, column: indent.length + 1 };
    const [, hook, parameters = ''] = /^(?:async\s+)?def\s+([A-Za-z_]\w*)\s*\(([^)]*)\)/.exec(line) ?? [];
    if (hook !== undefined) {
      known.set(hook, { name: hook, value: { kind: 'function', name: hook, arity: arityOf(parameters) }, at });
      unknown.delete(hook);
    } else if (name !== '') {
      const read = indent === '' && operator === '=' ? literal(value) : null;
      if (read === null) {
        known.delete(name);
        unknown.set(name, at);
      } else {
        unknown.delete(name);
        known.set(name, { name, value: read, at });
      }
    }
  }
  return { values: [...known.values()], unknown: [...unknown].map(([name, at]) => ({ name, at })) };
}

const arityOf = (parameters: string): number =>
  parameters
    .split(',')
    .map((one) => one.trim())
    .filter(
      (one, index, all) => one !== '' && one !== '/' && !all.slice(0, index + 1).some((other) => other.startsWith('*')),
    ).length;

/** Lines that begin inside a text with three quotes. */
function linesInsideTexts(text: string): ReadonlySet<number> {
  const inside = new Set<number>();
  const texts = /("""|''')[\s\S]*?\1|#[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
  for (const { 0: found, index } of text.matchAll(texts)) {
    const first = text.slice(0, index).split('\n').length;
    for (let line = first; line < first + found.split('\n').length - 1; line += 1) inside.add(line);
  }
  return inside;
}

/** @returns null for anything that only Python can know. */
function literal(text: string): PythonValue | null {
  const [, quote, body = '', afterText = ''] = /^[uU]?(["'])((?:(?!\1)[^\\\n])*)\1(.*)$/.exec(text) ?? [];
  if (quote !== undefined) return isEnd(afterText) ? str(body) : null;
  const [, word = '', afterWord = ''] = /^([-+\w.]+)(.*)$/.exec(text) ?? [];
  if (word !== '' && isEnd(afterWord)) {
    if (word === 'None') return none;
    if (word === 'True' || word === 'False') return bool(word === 'True');
    const number = literalIntOf(word);
    return number === null ? null : int(number);
  }
  const [, inner = '', afterList = ''] = /^[[(]([^[\]()]*)[\])](.*)$/.exec(text) ?? [];
  if (!/^[[(]/.test(text) || !isEnd(afterList)) return null;
  const parts = inner.split(',').map((part) => part.trim());
  // In Python (1) is 1, and (1,) a tuple.
  if (text.startsWith('(') && parts.length === 1) return parts[0] === '' ? { kind: 'list', items: [] } : literal(inner);
  const items = parts.filter((part, index) => part !== '' || index < parts.length - 1).map(literal);
  return items.every((item) => item !== null) ? { kind: 'list', items } : null;
}

const isEnd = (rest: string): boolean => /^\s*(?:#.*)?$/.test(rest);
