/** The two kinds of pattern Apache knows: regular expressions, and file-name patterns with wildcards. */

/** A PCRE as far as JavaScript's own syntax covers it; null where it does not. */
export const pattern = (source: string): RegExp | null => {
  const inline = /^\(\?i\)/.test(source);
  try {
    return new RegExp(inline ? source.slice(4) : source, inline ? 'i' : '');
  } catch {
    return null;
  }
};

/** Whether a name holds wildcards. Source: apr, apr_fnmatch_test. */
export const hasWildcard = (name: string): boolean => /[*?]|\[.*\]/s.test(name);

/** A file-name pattern with `*`, `?` and `[…]`; without `slashes` a wildcard does not match `/`. Source: apr_fnmatch. */
export function wildcard(glob: string, { slashes }: { slashes: boolean }): RegExp {
  const any = slashes ? '.' : '[^/]';
  const body = glob.replace(/\[[^\]]+\]|[\s\S]/g, (token) => {
    if (token === '*') return `${any}*`;
    if (token === '?') return any;
    if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return token.replace(/[.+^${}()|[\]\\/]/g, '\\$&');
  });
  return new RegExp(`^${body}$`, 's');
}
