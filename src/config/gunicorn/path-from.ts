/** An absolute path without `.` and `..`, as Python's `os.path.abspath` makes it; `base` is absolute. */
export function pathFrom(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return `/${parts.join('/')}`;
}
