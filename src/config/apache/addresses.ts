/** `host:port` as APR reads it. Source: apr, sockaddr.c, `apr_parse_addr_port`. */

export interface ParsedAddress {
  /** Null where only a port was written; an IPv6 address has lost its brackets. */
  readonly host: string | null;
  readonly port: number | null;
}

/** Null if it is neither an address, nor a port, nor both. */
export function parseAddress(text: string): ParsedAddress | null {
  if (/^[0-9]*$/.test(text)) {
    const port = portNumber(text);
    return port === null ? null : { host: null, port };
  }
  const withPort = /:([0-9]+)$/.exec(text);
  const host = withPort === null ? text : text.slice(0, withPort.index);
  const port = withPort === null ? null : portNumber(withPort[1] ?? '');
  if ((withPort !== null && port === null) || host === '') return null;
  if (!host.startsWith('[')) return { host, port };
  const six = /^\[([^\]%]*)(?:%([^\]]+))?\]$/.exec(host)?.[1];
  return six !== undefined && isIpv6(six) ? { host: six, port } : null;
}

const portNumber = (digits: string): number | null => {
  const port = digits === '' ? 0 : Number(digits);
  return port >= 1 && port <= 65_535 ? port : null;
};

/** Source: POSIX inet_pton for AF_INET6. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const four = last.includes('.');
  if (four && !/^(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(last)) return false;
  const hex = four ? groups.slice(0, -1) : groups;
  const count = hex.length + (four ? 2 : 0);
  return hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) && (halves.length === 2 ? count < 8 : count === 8);
}

/** Whether getaddrinfo takes it for an IPv4 address: one to four numbers, the last filling what is left. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every((part) => /^[0-9]+$/.test(part))) return false;
  return parts.every((part, index) => {
    const isLast = index === parts.length - 1;
    return Number(part) < (isLast ? 256 ** (5 - parts.length) : 256);
  });
}
