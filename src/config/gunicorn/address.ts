/** Where gunicorn binds. Source: gunicorn 20.1, util.py, parse_address; sock.py, create_sockets. */
import type { Listen } from '../../../spec/deployments/listen.ts';
import { intOf } from './python-value.ts';

export type Address =
  | { readonly kind: 'network'; readonly listen: Listen }
  | { readonly kind: 'socket'; readonly listen: Listen }
  /** A socket that gunicorn inherits: whoever starts it knows where it listens. */
  | { readonly kind: 'descriptor'; readonly listen: Listen }
  | { readonly kind: 'refused'; readonly message: string };

export function addressOf(text: string): Address {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\//, '');
    return { kind: 'socket', listen: { address: `unix:${path}`, port: 0 } };
  }
  if (text.startsWith('fd://')) {
    return intOf(text.slice('fd://'.length)) === null
      ? { kind: 'refused', message: `'${text.slice('fd://'.length)}' is not a valid file descriptor` }
      : { kind: 'descriptor', listen: { address: text, port: 0 } };
  }
  const [host, portText] = hostAndPort(text.startsWith('tcp://') ? (text.split('tcp://')[1] ?? '') : text);
  const port = intOf(portText);
  if (port === null) return { kind: 'refused', message: `'${portText}' is not a valid port number` };
  if (port < 0 || port > 65_535) return { kind: 'refused', message: `port ${port} is not between 0 and 65535` };
  return { kind: 'network', listen: { address: host.toLowerCase(), port } };
}

const defaultPort = '8000';

function hostAndPort(netloc: string): readonly [host: string, port: string] {
  if (netloc.includes('[') && netloc.includes(']'))
    return [(netloc.split(']')[0] ?? '').slice(1), netloc.split(']:')[1] ?? defaultPort];
  if (netloc.includes(':')) {
    const [host = '', port = defaultPort] = netloc.split(':');
    return [host, port];
  }
  return netloc === '' ? ['0.0.0.0', defaultPort] : [netloc, defaultPort];
}
