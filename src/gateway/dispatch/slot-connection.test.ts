import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { abstractAddress, hasAbstractAddresses } from '../../probe/abstract-address.ts';
import { serve } from '../serving.ts';
import { SlotConnection } from './slot-connection.ts';

describe('what a Python thread sends', () => {
  it('is read into the same memory again, unless some of it is kept', async () => {
    const server = createServer({ pauseOnConnect: true });
    server.listen(hasAbstractAddresses ? abstractAddress() : 0);
    await once(server, 'listening');
    const thread = connect(server.address() as string);
    const [accepted] = await once(server, 'connection');
    const connection = new SlotConnection(accepted);
    const next = (isKept: boolean): Promise<Buffer> =>
      new Promise((resolve) => {
        connection.take = (bytes) => {
          resolve(bytes);
          return isKept;
        };
      });
    const read = async (text: string, isKept: boolean): Promise<Buffer> => {
      const taken = next(isKept);
      thread.write(text);
      return taken;
    };
    const first = await read('one', false);
    expect(first.toString()).toBe('one');
    const second = await read('two', true);
    expect(first.toString()).toBe('two');
    const third = await read('six', false);
    expect([first, second, third].map(String)).toEqual(['two', 'two', 'six']);
    thread.end();
    await once(connection.socket, 'close');
    server.close();
  });

  it('is what its client gets, however slow that is, and however much others get meanwhile', async () => {
    const size = 64_000;
    const text = `
count = 0
def application(environ, start_response):
    global count
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if environ['PATH_INFO'] == '/count':
        return [str(count).encode()]
    count += 1
    return [environ['QUERY_STRING'].encode() * ${size}]
`;
    const configuration = `WSGIDaemonProcess shop threads=1\nMaxKeepAliveRequests 0\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`;
    await using site = await serve(configuration, { 'app.wsgi': text });
    // More than the kernel takes for a client that does not read.
    const letters = Array.from({ length: 400 }, (_, index) => 'abcdefghij'[index % 10] ?? '');
    const client = connect(site.gateway.ports.get(8080) ?? 0, '127.0.0.1');
    client.pause();
    for (const [index, letter] of letters.entries())
      client.write(
        `GET /?${letter} HTTP/1.1\r\nHost: localhost:8080\r\n${index === letters.length - 1 ? 'Connection: close\r\n' : ''}\r\n`,
      );
    let last = -1;
    for (let same = 0; same < 20; ) {
      const count = Number((await site.ask('/count')).body);
      same = count === last ? same + 1 : 0;
      last = count;
    }
    expect(last).toBeLessThan(letters.length);
    for (let other = 0; other < 10; other++) expect((await site.ask('/?z')).body).toBe('z'.repeat(size));
    const blocks: Buffer[] = [];
    client.on('data', (block: Buffer) => blocks.push(block));
    client.resume();
    await once(client, 'close');
    const bodies = Buffer.concat(blocks)
      .toString('latin1')
      .split(/HTTP\/1\.1 200 OK\r\n(?:[^\r\n]+\r\n)+\r\n/)
      .slice(1);
    expect(bodies.map((body, index) => body === (letters[index] ?? '').repeat(size)).indexOf(false)).toBe(-1);
    expect(bodies.length).toBe(letters.length);
  });
});
