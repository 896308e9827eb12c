/**
 * What gunicorn makes of the value of a setting, and what it refuses. Source: gunicorn 20.1, config.py, `validate_*`.
 */
import type { GunicornSetting } from '../../../spec/options/gunicorn-settings.ts';
import { assertNever } from '../../../spec/vocabulary.ts';
import type { PathKind } from '../source.ts';
import { bool, int, literalIntOf, none, type PythonValue, pythonText, str, stripped } from './python-value.ts';

export type Checked =
  | { readonly kind: 'taken'; readonly value: PythonValue }
  | { readonly kind: 'refused'; readonly message: string; readonly fix: string };

export interface CheckingMachine {
  /** What is there; a relative path is looked up from the directory that gunicorn is started in. */
  readonly kind: (path: string) => PathKind;
}

export function checkValue({ name, shape }: GunicornSetting, value: PythonValue, machine: CheckingMachine): Checked {
  switch (shape.kind) {
    case 'natural':
      return natural(name, value);
    case 'truth':
      return truth(name, value);
    case 'text':
      return text(name, value);
    case 'texts':
      return texts(name, value);
    case 'comma-list': {
      const one = text(name, value);
      if (one.kind === 'refused' || one.value.kind !== 'str') return one.kind === 'refused' ? one : taken(listOf([]));
      const parts = one.value.value.split(',').filter((part) => part !== '');
      return taken(listOf(parts.map((part) => str(stripped(part)))));
    }
    case 'class':
      return value.kind === 'class' ? taken(value) : text(name, value);
    case 'hook':
      return hook(name, shape.arity, value);
    case 'dictionary':
      return value.kind === 'dict' ? taken(value) : refused(`${name} is ${pythonText(value)}`, 'write a dictionary');
    case 'directory':
      return directory(name, value, machine);
    case 'files': {
      const list = texts(name, value);
      if (list.kind === 'refused' || list.value.kind !== 'list') return list;
      const missing = list.value.items.find((item) => item.kind === 'str' && machine.kind(item.value) === 'missing');
      return missing
        ? refused(`${name} names ${pythonText(missing)}, which is not there`, 'name files that exist')
        : list;
    }
    case 'user':
    case 'group':
      return value.kind === 'none' || value.kind === 'int' || value.kind === 'bool' || value.kind === 'str'
        ? taken(value)
        : refused(`${name} is ${pythonText(value)}`, `write the name or the number of a ${shape.kind}`);
    case 'host-port': {
      const one = text(name, value);
      if (one.kind === 'refused' || one.value.kind !== 'str') return one;
      return /^[^:]*:\s*[+-]?\d+(?:_\d+)*\s*$/.test(one.value.value)
        ? one
        : refused(`${name} is ${pythonText(value)}`, 'write HOST:PORT');
    }
    case 'engine':
      return value.kind === 'str' && ['auto', 'poll', 'inotify'].includes(value.value)
        ? taken(value)
        : refused(`${name} is ${pythonText(value)}`, 'write auto, poll or inotify');
    case 'ssl-version':
      // The names are those of the Python that runs it.
      return taken(value);
    default:
      return assertNever(shape);
  }
}

const taken = (value: PythonValue): Checked => ({ kind: 'taken', value });
const refused = (message: string, fix: string): Checked => ({ kind: 'refused', message, fix });
const listOf = (items: readonly PythonValue[]): PythonValue => ({ kind: 'list', items });

function natural(name: string, value: PythonValue): Checked {
  const number = numberOf(value);
  if (number === null) return refused(`${name} is ${pythonText(value)}, which is no whole number`, wholeNumber);
  return number < 0 ? refused(`${name} is ${number}, which is below 0`, wholeNumber) : taken(int(number));
}

const wholeNumber = 'write a whole number from 0, such as 4';

/** True and False are ints; a float is not, and int(…, 0) takes text alone. */
function numberOf(value: PythonValue): number | null {
  if (value.kind === 'int') return value.value;
  if (value.kind === 'bool') return value.value ? 1 : 0;
  return value.kind === 'str' ? literalIntOf(value.value) : null;
}

function truth(name: string, value: PythonValue): Checked {
  if (value.kind === 'none' || value.kind === 'bool') return taken(value);
  const word = value.kind === 'str' ? stripped(value.value.toLowerCase()) : '';
  if (word === 'true' || word === 'false') return taken(bool(word === 'true'));
  return refused(`${name} is ${pythonText(value)}, which is neither True nor False`, 'write True or False');
}

function text(name: string, value: PythonValue): Checked {
  if (value.kind === 'none') return taken(none);
  if (value.kind === 'str') return taken(str(stripped(value.value)));
  return refused(`${name} is ${pythonText(value)}, which is no text`, 'put it in quotes');
}

function texts(name: string, value: PythonValue): Checked {
  if (isEmpty(value)) return taken(listOf([]));
  const items = value.kind === 'str' ? [value] : value.kind === 'list' ? value.items : null;
  if (items === null) return refused(`${name} is ${pythonText(value)}, which is no list`, 'write a list of texts');
  const checked = items.map((item) => text(name, item));
  const wrong = checked.find((item) => item.kind === 'refused');
  return wrong ?? taken(listOf(checked.flatMap((item) => (item.kind === 'taken' ? [item.value] : []))));
}

/** What Python takes for false. */
const isEmpty = (value: PythonValue): boolean =>
  value.kind === 'none' ||
  (value.kind === 'bool' && !value.value) ||
  (value.kind === 'int' && value.value === 0) ||
  (value.kind === 'str' && value.value === '') ||
  (value.kind === 'list' && value.items.length === 0) ||
  (value.kind === 'dict' && value.size === 0);

function hook(name: string, arity: number | null, value: PythonValue): Checked {
  if (value.kind === 'str') return namedHook(name, arity, value);
  if (value.kind === 'class') return taken(value);
  if (value.kind !== 'function')
    return refused(`${name} is ${pythonText(value)}, which is no function`, 'write a function');
  const fits = arity === null ? value.arity >= 2 && value.arity <= 4 : value.arity === arity;
  const wanted = arity === null ? '2 to 4 arguments' : `${arity} ${arity === 1 ? 'argument' : 'arguments'}`;
  return fits
    ? taken(value)
    : refused(
        `${name} takes ${value.arity} arguments where gunicorn gives ${wanted}`,
        `write a function with ${wanted}`,
      );
}

/** gunicorn imports what a text names, which must be the function itself and no further name. */
function namedHook(name: string, arity: number | null, value: Extract<PythonValue, { kind: 'str' }>): Checked {
  const { leads = null } = value;
  if (leads === null && value.value.includes('.')) return taken(value);
  if (leads?.kind === 'function' || leads?.kind === 'class') {
    const led = hook(name, arity, leads);
    return led.kind === 'refused' ? led : taken(value);
  }
  const found = leads?.kind === 'other' ? `: ${leads.text}` : '';
  return refused(
    `${name} is ${pythonText(value)}, which names no function${found}`,
    'write module.function, or the function itself',
  );
}

function directory(name: string, value: PythonValue, machine: CheckingMachine): Checked {
  if (value.kind !== 'str') return refused(`${name} is ${pythonText(value)}, which is no text`, 'write a directory');
  const path = stripped(value.value);
  return machine.kind(path) === 'missing'
    ? refused(`${name} is ${pythonText(value)}, and there is no such directory`, 'name a directory that exists')
    : taken(str(path));
}
