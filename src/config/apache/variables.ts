/** `Define`, `UnDefine` and `${NAME}`. Source: httpd 2.4.x, core.c, `ap_resolve_env`, `set_define`, `unset_define`. */
import { offsetOf, type Placed, type SourceFile } from './placed.ts';
import type { Reading } from './reading.ts';

/** Far more than any line needs; a variable that holds itself twice would double until memory ends. */
const longestLine = 1_000_000;

/**
 * Replaces every `${NAME}` of a line; the value's characters all come from the place of the dollar sign. A value is
 * not looked through again.
 */
export function resolveVariables(reading: Reading, file: SourceFile, line: Placed): Placed {
  let start = line.text.indexOf('${');
  if (start === -1) return line;
  let text = '';
  const offsets: number[] = [];
  const copy = (from: number, to: number): void => {
    text += line.text.slice(from, to);
    for (let index = from; index < to; index++) offsets.push(offsetOf(line, index));
  };
  let done = 0;
  while (start !== -1) {
    const end = line.text.indexOf('}', start + 2);
    if (end === -1) break;
    const name = line.text.slice(start + 2, end);
    const value = reading.variables.get(name.toLowerCase()) ?? environmentValue(reading, name);
    copy(done, start);
    if (value === undefined) {
      copy(start, end + 1);
      if (!name.includes(':')) undefinedVariable(reading, file, offsetOf(line, start), name);
    } else {
      if (text.length + value.length > longestLine) {
        tooLong(reading, file, offsetOf(line, start), name);
        return line;
      }
      text += value;
      for (let index = 0; index < value.length; index++) offsets.push(offsetOf(line, start));
    }
    done = end + 1;
    start = line.text.indexOf('${', done);
  }
  copy(done, line.text.length);
  offsets.push(offsetOf(line, line.text.length));
  return { text, offsets, first: 0 };
}

const environmentValue = (reading: Reading, name: string): string | undefined =>
  Object.hasOwn(reading.environment, name) ? reading.environment[name] : undefined;

function undefinedVariable(reading: Reading, file: SourceFile, offset: number, name: string): void {
  reading.report('warning', file, offset, {
    code: 'CFG009',
    message: `the variable \${${name}} is not defined and stays in the text as it is`,
    fix: `write Define ${name === '' ? 'NAME' : name} VALUE above, or set it in the environment of the server`,
  });
}

function tooLong(reading: Reading, file: SourceFile, offset: number, name: string): void {
  reading.stop(file, offset, {
    code: 'CFG046',
    message: `the variable \${${name}} makes this line longer than ${longestLine} characters`,
    fix: 'do not define a variable by itself',
  });
}
