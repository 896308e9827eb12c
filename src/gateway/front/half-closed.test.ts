import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../serving.ts';

/** `/wait` answers when `/go` is asked; `/large` is more than a connection takes at once. */
const text = `
import threading
go = threading.Event()
def application(environ, start_response):
    path = environ['PATH_INFO']
    body = environ['wsgi.input'].read()
    if path == '/go':
        go.set()
    elif path == '/wait':
        go.wait(60)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return iter([b'x' * 300000] * 20) if path == '/large' else [path.encode() + body]
`;

/** Sends, says that nothing more will come, and reads until the server has said all. */
async function half(site: Serving, request: string, meanwhile = async (): Promise<void> => {}): Promise<string> {
  const client = connect({ port: site.gateway.ports.get(8080) ?? 0, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  client.on('data', (piece: Buffer) => {
    answer += piece.toString('latin1');
  });
  const ended = once(client, 'end');
  client.end(request);
  await meanwhile();
  await ended;
  client.destroy();
  return answer;
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost:8080\r\n\r\n`;

describe.each(['/daemon', ''])('a client of %j that ends its half of the connection', (mount) => {
  const configuration = `WSGIDaemonProcess shop threads=2
WSGIScriptAlias /daemon \${here}/app.wsgi process-group=shop
WSGIScriptAlias / \${here}/app.wsgi\n`;

  it('gets the response to what it asked before, and then the end', async () => {
    await using site = await serve(configuration, { 'app.wsgi': text });
    expect(await half(site, get(`${mount}/a`))).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n\/a$/s);
    const post = `POST ${mount}/b HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 3\r\n\r\nabc`;
    expect(await half(site, post)).toMatch(/\r\n\r\n\/babc$/);
    expect((await half(site, get(`${mount}/large`))).length).toBeGreaterThan(6_000_000);
  });

  it('gets it as well where the application takes its time, and each of several', async () => {
    await using site = await serve(configuration, { 'app.wsgi': text });
    const went = async (): Promise<void> => {
      await site.recorder.when((event): event is typeof event => event.kind === 'request.accepted');
      await site.ask(`${mount}/go`);
    };
    const both = await half(site, get(`${mount}/wait`) + get(`${mount}/c`), went);
    expect(both.match(/^HTTP\/1\.1 200 OK|\/wait|\/c$/gm)).toEqual(['HTTP/1.1 200 OK', '/wait', '/c']);
  });
});
