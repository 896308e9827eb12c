/** `Define`, `UnDefine` and `${NAME}`. Source: httpd 2.4.x, core.c, `ap_resolve_env`, `set_define`, `unset_define`. */
import { offsetOf, type Placed, type SourceFile } from './placed.ts';
import type { Reading } from './reading.ts';

/** Replaces every `${NAME}` of a line; the value's characters all come from the place of the dollar sign. */
export function resolveVariables(reading: Reading, file: SourceFile, line: Placed): Placed {
  if (!line.text.includes('${')) return line;
  let text = '';
  const at: number[] = [];
  const copy = (from: number, to: number): void => {
    text += line.text.slice(from, to);
    for (let index = from; index < to; index++) at.push(offsetOf(line, index));
  };
  let done = 0;
  for (const found of line.text.matchAll(/\$\{([^}]*)\}/g)) {
    const [whole, name = ''] = found;
    copy(done, found.index);
    done = found.index + whole.length;
    const value = reading.variables.get(name.toLowerCase()) ?? environmentValue(reading, name);
    if (value === undefined) {
      copy(found.index, done);
      if (!name.includes(':'))
        reading.report('warning', file, offsetOf(line, found.index), {
          code: 'CFG009',
          message: `the variable ${whole} is not defined and stays in the text as it is`,
          fix: `write Define ${name === '' ? 'NAME' : name} VALUE above, or set it in the environment of the server`,
        });
    } else {
      text += value;
      for (let index = 0; index < value.length; index++) at.push(offsetOf(line, found.index));
    }
  }
  copy(done, line.text.length);
  at.push(offsetOf(line, line.text.length));
  return { text, at };
}

const environmentValue = (reading: Reading, name: string): string | undefined =>
  Object.hasOwn(reading.environment, name) ? reading.environment[name] : undefined;
