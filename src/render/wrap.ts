/** Breaking lines of text that may hold long paths and URLs. */

/**
 * Breaks a text into lines of at most `width` characters: at white space, which is dropped, else behind a character that
 * ends a part of a path, a URL or a list, else anywhere. Joined, the lines are the text without some white space.
 * @param width - At least 1.
 * @returns At least one line; the only line of an empty text is empty.
 */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let rest = [...text.trim()];
  while (rest.length > width) {
    const room = rest.slice(0, width + 1);
    const space = room.findLastIndex((character, index) => character === ' ' && !isBeforeUnit(rest, index));
    const joint = room.slice(0, width).findLastIndex((character) => '/|:,=;+'.includes(character));
    // A space far to the left would leave a ragged line; a path broken at a slash reads better than that.
    const at = space > width / 3 ? space : joint >= 0 ? joint + 1 : space > 0 ? space : width;
    lines.push(rest.slice(0, at).join('').trimEnd());
    rest = [...rest.slice(at).join('').trimStart()];
  }
  return [...lines, rest.join('')];
}

/** Whether the space stands between a number and its unit: `5 s` is one word. */
const isBeforeUnit = (text: readonly string[], space: number): boolean =>
  /\d/.test(text[space - 1] ?? '') && text[space + 1] === 's' && !/\w/.test(text[space + 2] ?? ' ');

/** A text whose second and further lines are indented. */
export const hanging = (text: string, width: number, indent: number): string =>
  wrapHanging(text, Math.max(width, indent + 10), indent).join('\n');

function wrapHanging(text: string, width: number, indent: number): readonly string[] {
  const [first = '', ...others] = wrap(text, width);
  if (others.length === 0) return [first];
  const remaining = text.trim().slice(first.length).trim();
  return [first, ...wrap(remaining, width - indent).map((line) => ' '.repeat(indent) + line)];
}

/** How many columns a text takes, as far as one character is one column. */
export const columnsOf = (text: string): number => [...text].length;
