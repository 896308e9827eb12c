/** Where uWSGI listens. Source: uWSGI 2.0, core/socket.c, generate_socket_name, uwsgi_new_socket and uwsgi_bind_sockets. */
import type { UwsgiListen } from '../../../spec/deployments/uwsgi.ts';
import { absolute } from './paths.ts';

/** What is spoken at the address of each option that makes the workers listen. */
export const socketOptions: Readonly<Record<string, UwsgiListen['protocol']>> = {
  socket: 'uwsgi',
  'http-socket': 'http-socket',
  'http11-socket': 'http11-socket',
  'https-socket': 'other',
  'fastcgi-socket': 'other',
  'fastcgi-nph-socket': 'other',
  'scgi-socket': 'other',
  'scgi-nph-socket': 'other',
  'raw-socket': 'other',
  'puwsgi-socket': 'other',
  'suwsgi-socket': 'other',
  'ssl-socket': 'other',
};

/** The options that put a router in front of the workers, which then need no address of their own. */
export const routerOptions: Readonly<Record<string, UwsgiListen['protocol']>> = {
  http: 'http',
  https: 'other',
  https2: 'other',
  'http-to-https': 'other',
};

/** Without a colon it is the name of a file: a number alone too. Names of files begin at the directory of the start. */
export function listenOf(value: string, protocol: UwsgiListen['protocol'], directory: string): UwsgiListen {
  const [place = ''] = value.trim().split(',');
  const colon = place.lastIndexOf(':');
  if (colon < 0)
    return { address: `unix:${place.startsWith('@') ? place : absolute(place, directory)}`, port: 0, protocol };
  const address = place.slice(0, colon);
  return { address: address === '' ? '*' : address, port: portOf(place.slice(colon + 1)), protocol };
}

const portOf = (text: string): number => Number(/^\s*([0-9]{1,5})/.exec(text)?.[1] ?? '0');

/** What `protocol` makes of the addresses of `socket`. Source: uWSGI 2.0, proto/*.c, the names registered. */
export const protocolOf = (name: string): UwsgiListen['protocol'] =>
  name === 'http' ? 'http-socket' : name === 'http11' ? 'http11-socket' : name === 'uwsgi' ? 'uwsgi' : 'other';
