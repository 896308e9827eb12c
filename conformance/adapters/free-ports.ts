/** Finds ports of 127.0.0.1 that nobody listens on. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Gives each port of a configuration a free one. They are tried and then let go, so that the server can have them. Meanwhile
 * nobody else gets one by chance: they lie where the kernel gives no connection its own port, and each call goes on where the
 * last one stopped.
 */
export async function freePorts(configured: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  for (const port of configured) found.set(port, await nextFree());
  return found;
}

async function nextFree(): Promise<number> {
  const { first, last } = range;
  for (let tries = first; tries <= last; tries++) {
    const port = next;
    next = next === last ? first : next + 1;
    if (await isFree(port)) return port;
  }
  throw new Error(`none of the ports from ${first} to ${last} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

const range = unassigned();
/** Other processes begin elsewhere. */
let next = range.first + Math.floor(Math.random() * (range.last - range.first + 1));

/** The larger part beside the ports that the kernel gives away. Source: Linux, ip-sysctl, ip_local_port_range. */
function unassigned(): { readonly first: number; readonly last: number } {
  const [low, high] = givenAway();
  return low - 10_000 >= 65_535 - high ? { first: 10_000, last: low - 1 } : { first: high + 1, last: 65_535 };
}

/** The kernel's own: Linux says, and of any other system the range that RFC 6335 leaves for it is taken. */
function givenAway(): readonly [number, number] {
  try {
    const [low, high] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
    if (low !== undefined && high !== undefined) return [low, high];
  } catch {
    // Not Linux.
  }
  return [49_152, 65_535];
}
