/**
 * Reads text into a tree of directives, as Apache's first pass does: conditions are decided, definitions made, modules
 * loaded and files included while reading; everything else waits in the tree for the second pass.
 * Source: httpd 2.4.x, config.c, `ap_build_config`, `ap_build_config_sub`, `ap_build_cont_config`.
 */
import { executeNow, isExecutedNow } from './execute-now.ts';
import { LineReader } from './lines.ts';
import { offsetOf, type Placed, type SourceFile } from './placed.ts';
import type { Reading } from './reading.ts';
import { resolveVariables } from './variables.ts';
import { takeWord } from './words.ts';

export interface Directive {
  /** As written, without a final `>`; a section's begins with `<`. */
  readonly name: string;
  /** In lower case. */
  readonly key: string;
  /** What follows the name; a section's ends in `>` unless that is missing. */
  readonly args: Placed;
  readonly file: SourceFile;
  /** File offset of the name. */
  readonly offset: number;
  readonly children: readonly Directive[];
}

/** The directives of one file, without conditions and includes: those are resolved. */
export function buildFile(reading: Reading, file: SourceFile): readonly Directive[] {
  const { directives, open } = buildUntil(reading, new LineReader(file), null);
  const unclosed = open.at(-1);
  if (!reading.stopped && unclosed)
    reading.stop(unclosed.file, unclosed.offset, {
      code: 'CFG004',
      message: `${unclosed.name}> was not closed`,
      fix: `add </${unclosed.name.slice(1)}> below, in the same file`,
    });
  return directives;
}

/**
 * Reads up to the end tag of a condition, or to the end of the file. Apache does not mind a condition without an end
 * tag, nor sections left open inside it.
 * @param until - The condition's name with its `<`, or null for a whole file.
 */
export function buildUntil(
  reading: Reading,
  lines: LineReader,
  until: string | null,
): { readonly directives: readonly Directive[]; readonly open: readonly Directive[] } {
  const directives: Directive[] = [];
  const open: { readonly directive: Directive; readonly children: Directive[] }[] = [];
  const add = (directive: Directive): void => {
    (open.at(-1)?.children ?? directives).push(directive);
  };
  const endTag = until === null ? null : `</${until.slice(1)}>`.toLowerCase();
  for (let line = lines.next(); line !== null && !reading.stopped; line = lines.next()) {
    if (endTag !== null && open.length === 0 && line.text.toLowerCase() === endTag) break;
    if (line.text === '' || line.text.startsWith('#')) continue;
    const parsed = parseLine(reading, lines.file, line);
    if (parsed === null) continue;
    if (parsed.name.startsWith('</')) {
      if (!closes(reading, lines.file, parsed, open.at(-1)?.directive)) break;
      open.pop();
      continue;
    }
    if (isExecutedNow(reading, parsed.key)) {
      reading.conditionDepth += open.length + 1;
      if (reading.conditionDepth > deepest) tooDeep(reading, lines.file, parsed);
      else for (const directive of executeNow(reading, lines, parsed)) add(directive);
      reading.conditionDepth -= open.length + 1;
      continue;
    }
    if (open.length + reading.conditionDepth > deepest) {
      tooDeep(reading, lines.file, parsed);
      break;
    }
    const children: Directive[] = [];
    const directive: Directive = { ...parsed, file: lines.file, children };
    add(directive);
    if (parsed.name.startsWith('<')) open.push({ directive, children });
  }
  return { directives, open: open.map(({ directive }) => directive) };
}

/** Deeper than any configuration; without a limit the reader would run out of stack. */
const deepest = 250;

function tooDeep(reading: Reading, file: SourceFile, parsed: Parsed): void {
  reading.stop(file, parsed.offset, {
    code: 'CFG047',
    message: `sections and includes are nested more than ${deepest} levels deep`,
    fix: 'close the sections that are open',
  });
}

/** A line's directive before anything is known about it. */
export interface Parsed {
  readonly name: string;
  readonly key: string;
  readonly args: Placed;
  readonly offset: number;
}

function parseLine(reading: Reading, file: SourceFile, line: Placed): Parsed | null {
  const { word, rest } = takeWord(resolveVariables(reading, file, line));
  if (word.text === '') return null;
  const isEndTag = word.text[1] === '/';
  const name = isEndTag ? word.text : word.text.replace(/>$/, '');
  const end = offsetOf(rest, rest.text.length);
  const args =
    !isEndTag && name.startsWith('<') && rest.text === '' ? { text: '>', offsets: [end, end], first: 0 } : rest;
  return { name, key: name.toLowerCase(), args, offset: word.offset };
}

/** Whether an end tag closes the innermost open section; if not, reading has stopped. */
function closes(reading: Reading, file: SourceFile, tag: Parsed, section: Directive | undefined): boolean {
  const refuse = (message: string, fix: string): false => {
    reading.stop(file, tag.offset, { code: 'CFG004', message, fix });
    return false;
  };
  if (!section)
    return refuse(`${tag.name} closes a section that is not open here`, 'remove it, or open the section in this file');
  const expected = `</${section.name.slice(1)}>`;
  if (!tag.name.endsWith('>'))
    return refuse(`the end tag ${tag.name} lacks its '>'`, `write ${expected} without a space`);
  if (tag.key.slice(0, -1) !== `</${section.key.slice(1)}`)
    return refuse(`expected ${expected} but saw ${tag.name}`, `close ${section.name}> first: write ${expected} above`);
  return true;
}
