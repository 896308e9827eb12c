import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePorts } from './free-ports.ts';

describe('ports for servers', () => {
  it('are others for each server, and none that the kernel gives to a connection', async () => {
    const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
    const [low = 0, high = 0] = range;
    const configured = [80, 8080, 8081];
    const all = await Promise.all(Array.from({ length: 10 }, () => freePorts(configured)));
    const ports = all.flatMap((found) => configured.map((port) => found.get(port) ?? 0));
    expect(new Set(ports).size).toBe(30);
    expect(ports.filter((port) => port >= low && port <= high)).toEqual([]);
  });

  it('leave out one that somebody has', async () => {
    const last = (await freePorts([80])).get(80) ?? 0;
    const server = createServer().listen(last + 1, '127.0.0.1');
    await once(server, 'listening');
    expect((await freePorts([80])).get(80)).not.toBe(last + 1);
    server.close();
  });
});
