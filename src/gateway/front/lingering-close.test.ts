import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../serving.ts';

const text = `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'of no interest']
`;

/** A client that has sent the beginning of a body in which nobody is interested, and has heard that this was the last response. */
async function refused(site: Serving): Promise<{ readonly client: Socket; readonly answer: () => string }> {
  const client = connect({ port: site.gateway.ports.get(8080) ?? 0, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  client.on('data', (piece: Buffer) => {
    answer += piece.toString('latin1');
  });
  client.write('POST / HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n');
  client.write('x'.repeat(1000));
  await once(client, 'end');
  return { client, answer: () => answer };
}

describe('A connection that ends with a response while its client still sends', () => {
  const site = (more = ''): Promise<Serving> =>
    serve(`${more}WSGIScriptAlias / \${here}/app.wsgi\n`, { 'app.wsgi': text });

  it('is read to the end of what the client sends', async () => {
    await using serving = await site();
    const { client, answer } = await refused(serving);
    expect(answer()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*of no interest/);
    // A reset would be an error of one of these.
    for (let sent = 1000; sent < 1_000_000; sent += 1000)
      await new Promise<void>((resolve, reject) =>
        client.write('x'.repeat(1000), (error) => (error ? reject(error) : resolve())),
      );
    client.end();
    await once(client, 'close');
  });

  it('is closed where the client is silent', async () => {
    await using serving = await site();
    const { client } = await refused(serving);
    const failed = new Promise((resolve) => client.once('error', resolve));
    const send = setInterval(() => client.write('x'), 2500); // Whoever writes hears of it.
    await failed;
    clearInterval(send);
  });

  it('is closed at once where the server stops', async () => {
    const serving = await site();
    const { client } = await refused(serving);
    await serving[Symbol.asyncDispose]();
    const failed = new Promise((resolve) => client.once('error', resolve));
    while (client.writable) await new Promise((resolve) => client.write('x', resolve));
    await failed;
  });
});
