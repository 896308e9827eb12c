/**
 * The probe as a script file: the text of `probe.py` and behind it that of `programs.py`, to be written wherever a
 * deployment has a script. One file, so that a server needs to know no place from which more could be imported.
 */
import { readFileSync } from 'node:fs';

/**
 * The text of a script in which the probe has this name, and only this one: a server that looks up another callable
 * finds none, as it would in the user's script.
 * @param callables - The names wanted; `application` where none is given. Any text will do, as it does for WSGICallableObject.
 */
export function probeScript(...callables: readonly string[]): string {
  const wanted = callables.filter((name) => name !== 'application');
  const aliases = wanted.map((name) => `globals()[${pythonString(name)}] = application\n`);
  const renamed = wanted.length > 0 && wanted.length === callables.length ? ['del application\n'] : [];
  return [source(), ...aliases, ...renamed].join('');
}

let cached: string | undefined;
const source = (): string => {
  cached ??= ['./probe.py', './programs.py']
    .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
    .join('\n\n');
  return cached;
};

/** JSON's escapes mean the same to Python. */
const pythonString = (text: string): string => JSON.stringify(text);
