/** Paths as uWSGI and Python see them: relative ones begin at the working directory. */

/** The path without `.`, `..` and double slashes. */
export function absolute(path: string, directory: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** `/srv/app.ini` is in `/srv`. */
export const directoryOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 1));

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
