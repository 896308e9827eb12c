import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../serving.ts';

const megabyte = 1 << 20;
const total = 200 * megabyte;
/** What the gateway and its process may hold of one message; the kernel's own buffers are counted apart. In bytes. */
const underWay = 4 * megabyte;

/** What the kernel holds of a connection over TCP, at both ends, in bytes: it gives a fast reader 32 MiB and more. */
function inKernel({ localPort = 0, remotePort = 0 }: Socket): number {
  const table = '/proc/net/tcp';
  if (!existsSync(table)) return 64 * megabyte;
  const portOf = (address = '') => Number.parseInt(address.split(':')[1] ?? '', 16);
  return readFileSync(table, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote]) => {
      const ends = [portOf(local), portOf(remote)];
      return ends.includes(localPort) && ends.includes(remotePort);
    })
    .flatMap((row) => row[4]?.split(':') ?? [])
    .reduce((sum, queue) => sum + Number.parseInt(queue, 16), 0);
}

const two = `WSGIDaemonProcess shop threads=2\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`;

/** Asks the other thread of the process until nothing moves any more. */
async function settled(site: Serving, path: string): Promise<number> {
  let last = -1;
  for (let same = 0; same < 20; ) {
    const { body } = await site.ask(path);
    same = Number(body) === last ? same + 1 : 0;
    last = Number(body);
  }
  return last;
}

describe('a stream without end in sight', () => {
  it('lets an application wait for a slow client, whichever way it sends', async () => {
    const text = `
import io, resource
made = 0
block = b'x' * 100000
class Endless(io.RawIOBase):
    def readable(self):
        return True
    def read(self, size):
        return next(blocks())
def blocks():
    global made
    while made < ${total}:
        made += len(block)
        yield block
def application(environ, start_response):
    global made
    path = environ['PATH_INFO']
    if path == '/made':
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [str(made).encode()]
    if path == '/memory':
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024).encode()]
    made = 0
    write = start_response('200 OK', [('Content-Type', 'application/octet-stream')])
    if path == '/write':
        for each in blocks():
            write(each)
        return []
    if path == '/file':
        return environ['wsgi.file_wrapper'](Endless(), 100000)
    return blocks()
`;
    await using site = await serve(two, { 'app.wsgi': text });
    const before = Number((await site.ask('/memory')).body);
    for (const path of ['/yield', '/write', '/file']) {
      const client = connect(site.gateway.ports.get(8080) ?? 0, '127.0.0.1');
      let received = 0;
      client.write(`GET ${path} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n`);
      let until = megabyte;
      const lookAt = async (): Promise<void> => {
        client.pause();
        const made = await settled(site, '/made');
        expect(made - received - inKernel(client)).toBeLessThan(underWay);
        until += 60 * megabyte;
        client.resume();
      };
      client.on('data', (piece: Buffer) => {
        received += piece.length;
        if (received >= until) void lookAt().catch((error) => client.destroy(error as Error));
      });
      await once(client, 'close');
      expect(received).toBeGreaterThan(total);
    }
    expect(Number((await site.ask('/memory')).body) - before).toBeLessThan(underWay);
  });

  it('lets a client wait for a slow application', async () => {
    const text = `
import threading
allowed = have = 0
change = threading.Condition()
def application(environ, start_response):
    global allowed, have
    path = environ['PATH_INFO']
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if path == '/upload':
        while True:
            with change:
                change.wait_for(lambda: have < allowed)
            piece = environ['wsgi.input'].read(100000)
            with change:
                have += len(piece)
                change.notify_all()
            if not piece:
                return [str(have).encode()]
    with change:
        if path == '/allow':
            allowed += int(environ['QUERY_STRING'])
            change.notify_all()
            change.wait_for(lambda: have >= min(allowed, ${total}))
        return [str(have).encode()]
`;
    await using site = await serve(two, { 'app.wsgi': text });
    const client = connect(site.gateway.ports.get(8080) ?? 0, '127.0.0.1');
    let answer = '';
    client.on('data', (piece: Buffer) => {
      answer += piece.toString();
    });
    client.write(
      `POST /upload HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\nContent-Length: ${total}\r\n\r\n`,
    );
    const send = async (): Promise<void> => {
      const piece = Buffer.alloc(megabyte, 'y');
      for (let sent = 0; sent < total; sent += piece.length) if (!client.write(piece)) await once(client, 'drain');
    };
    const sending = send();
    for (let step = 0; step < 4; step++) {
      await site.ask(`/allow?${40 * megabyte}`);
      const have = await settled(site, '/have');
      expect(client.bytesWritten - client.writableLength - have - inKernel(client)).toBeLessThan(underWay);
    }
    await Promise.all([sending, site.ask(`/allow?${total}`), once(client, 'close')]);
    expect(answer).toMatch(new RegExp(`\r\n\r\n${total}$`));
  });

  it('goes out block by block: each has arrived before the next is asked for', async () => {
    const text = `
import threading
asked = threading.Semaphore(0)
def application(environ, start_response):
    if environ['PATH_INFO'] == '/next':
        asked.release()
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [b'']
    start_response('200 OK', [('Content-Type', 'text/plain')])
    def blocks():
        for block in (b'', b'one', b'', b'two', b'three'):
            asked.acquire()
            yield block
    return blocks()
`;
    await using site = await serve(two, { 'app.wsgi': text });
    const client = connect(site.gateway.ports.get(8080) ?? 0, '127.0.0.1');
    client.write('GET / HTTP/1.0\r\nHost: localhost:8080\r\n\r\n');
    let seen = '';
    client.on('data', (piece: Buffer) => {
      seen += piece.toString();
    });
    for (const expected of ['one', 'onetwo', 'onetwothree']) {
      // An empty block sends nothing, not even the head.
      expect(seen.endsWith(expected)).toBe(false);
      if (expected !== 'onetwothree') await site.ask('/next');
      await site.ask('/next');
      while (!seen.endsWith(expected)) await once(client, 'data');
    }
    client.destroy();
  });
});
