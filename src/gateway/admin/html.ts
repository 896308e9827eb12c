/** HTML that cannot forget to escape: whatever is put into a template is text, unless it is HTML already. */

export class Html {
  readonly text: string;

  /** @param text - Trusted HTML: only what this program wrote itself. */
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | null | readonly Part[];

/** A template; null puts in nothing, a list its items in turn. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(
    strings.map((string, index) => string + (index < parts.length ? written(parts[index] ?? null) : '')).join(''),
  );

function written(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(written).join('');
  return escaped(String(part));
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
