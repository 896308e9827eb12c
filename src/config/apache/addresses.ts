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

/**
 * Whether getaddrinfo takes it for an IPv4 address: one to four numbers, octal after 0 and hexadecimal after 0x, the
 * last filling what is left.
 */
export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(part))) return false;
  return parts.every((part, index) => {
    const value = /^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part);
    return value < (index === parts.length - 1 ? 256 ** (5 - parts.length) : 256);
  });
}

/**
 * An address with or without a mask, or the first parts of an IPv4 address.
 * Source: apr, sockaddr.c, `apr_ipsubnet_create`.
 */
export function isAddressOrSubnet(text: string): boolean {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const isSix = address.includes(':');
  const isWhole = isSix ? isIpv6(address) : isFourParts(address);
  if (slash === -1)
    return isWhole || /^(?:25[0-5]|2[0-4]\d|[01]?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|[01]?\d?\d)){0,3}\.?$/.test(text);
  const mask = text.slice(slash + 1);
  if (!isWhole) return false;
  if (/^\d+$/.test(mask)) return Number(mask) > 0 && Number(mask) <= (isSix ? 128 : 32);
  return !isSix && isFourParts(mask);
}

/** Source: apr, inet_pton.c: four decimal numbers, leading zeros allowed. */
const isFourParts = (text: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) < 256);
