/** Reads the target of an HTTP request as Apache does, before anything else looks at it. */

export type RequestTarget =
  | {
      readonly kind: 'path';
      /** Decoded, without dot segments and double slashes; one character per byte (Latin-1). */
      readonly path: string;
      /** What follows the `?`, as sent. */
      readonly query: string;
      /** The host of an absolute target; it beats the Host header. */
      readonly host: string | null;
    }
  | { readonly kind: 'bad'; readonly status: 400 | 404; readonly why: string };

/**
 * Parses the target of a request line.
 * Sources: httpd 2.4, ap_normalize_path (dot segments, MergeSlashes On), ap_unescape_url (400 for a bad escape, 404 for
 * an encoded slash under AllowEncodedSlashes Off, 404 for an encoded NUL).
 */
export function parseRequestTarget(target: string): RequestTarget {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  if (absolute?.[1] === '') return { kind: 'bad', status: 400, why: 'no host in the target' };
  const rest = absolute ? absolute[2] || '/' : target;
  if (!rest.startsWith('/')) return { kind: 'bad', status: 400, why: 'the target is not a path' };
  const question = rest.indexOf('?');
  const rawPath = question < 0 ? rest : rest.slice(0, question);
  const decoded = decode(rawPath);
  if (typeof decoded !== 'string') return decoded;
  const path = withoutDotSegments(decoded);
  if (path === null) return { kind: 'bad', status: 400, why: 'the path leaves the root' };
  return { kind: 'path', path, query: question < 0 ? '' : rest.slice(question + 1), host: absolute?.[1] ?? null };
}

/**
 * Whether a Host header, or the authority of an absolute target, names a host and nothing else. Empty is in order: a
 * target may have no authority. Sources: RFC 9112, section 3.2; httpd 2.4, vhost.c, fix_hostname.
 */
export function isHost(header: string): boolean {
  const found = /^(?:\[[0-9a-f:.]+\]|[\w.~!$&'()*+;=-]+)(?::(\d{0,5}))?$/i.exec(header);
  return header === '' || (found !== null && Number(found[1] ?? 0) <= 65_535);
}

/** The name in a Host header, without its port and in lower case. */
export const hostName = (header: string): string => header.replace(/:\d*$/, '').toLowerCase();

/** The port in a Host header; null where there is none. */
export function hostPort(header: string): number | null {
  const port = /:(\d{1,5})$/.exec(header)?.[1];
  return port === undefined ? null : Number(port);
}

function decode(path: string): string | Extract<RequestTarget, { kind: 'bad' }> {
  if (!path.includes('%')) return path;
  if (/%(?![0-9a-fA-F]{2})/.test(path)) return { kind: 'bad', status: 400, why: 'a % without two hexadecimal digits' };
  if (/%2f/i.test(path)) return { kind: 'bad', status: 404, why: 'an encoded slash' };
  if (path.includes('%00')) return { kind: 'bad', status: 404, why: 'an encoded NUL' };
  return path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function withoutDotSegments(path: string): string | null {
  if (!path.includes('//') && !path.includes('/.')) return path;
  const segments: string[] = [];
  const parts = path.split('/').slice(1);
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (part === '..') {
      if (segments.length === 0) return null;
      segments.pop();
      if (isLast) segments.push('');
    } else if (part === '.' || part === '') {
      if (isLast) segments.push('');
    } else segments.push(part);
  }
  return `/${segments.join('/')}`;
}
