/** Paths as apr_filepath_merge leaves them on Unix. */

/** An absolute path without `.`, `..` and double slashes; a relative one is taken from `root`. A final slash stays. */
export function mergePath(root: string, path: string): string {
  const whole = path.startsWith('/') ? path : `${root}/${path}`;
  const parts: string[] = [];
  for (const part of whole.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  const trailing = /(\/|\/\.|\/\.\.)$/.test(whole) && parts.length > 0 ? '/' : '';
  return `/${parts.join('/')}${trailing}`;
}

/** The directory a path is in. */
export const parentOf = (path: string): string => path.replace(/\/+[^/]*$/, '') || '/';
