import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../serving.ts';

const echo = `
def application(environ, start_response):
    body = environ['wsgi.input'].read()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [body]
`;

const late = `
import time
def application(environ, start_response):
    time.sleep(2.5)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'late']
`;

/** All that the server says on a connection on which only these bytes are sent, until it closes it. */
const said = ({ gateway }: Serving, text: string, signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(gateway.ports.get(8080) ?? 0, '127.0.0.1', () => socket.write(text));
    signal.addEventListener('abort', () => socket.destroy());
    socket.setEncoding('latin1');
    socket.on('data', (block: string) => {
      answer += block;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });

const hurried = (script: string, directives: string): Promise<Serving> =>
  serve(`${directives}\nWSGIScriptAlias / \${here}/app.wsgi`, { 'app.wsgi': script });

describe('A client that takes too long', () => {
  it('over its head is told so and cut off', async ({ signal }) => {
    await using serving = await hurried(echo, 'RequestReadTimeout header=1');
    expect(await said(serving, 'GET / HTTP/1.1\r\nHost: a\r\nX: ', signal)).toMatch(
      /^HTTP\/1\.1 408 Request Timeout\r\n/,
    );
    expect(serving.log.join('\n')).toContain('408 to 127.0.0.1: the head came too slowly');
    expect((await serving.ask('/')).status).toBe(200);
  });

  it('over the head of its second request is cut off', async ({ signal }) => {
    await using serving = await hurried(echo, 'RequestReadTimeout header=1');
    const answer = await said(serving, 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost', signal);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('over its body is cut off, and its application is told that there is no more', async ({ signal }) => {
    await using serving = await hurried(echo, 'RequestReadTimeout body=1');
    const answer = await said(serving, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody', signal);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(serving.log.join('\n')).toContain('the body came too slowly');
    expect((await serving.ask('/', { method: 'POST' }, 'again')).body).toBe('again');
  });

  it('is cut off where nothing moves for as long as Timeout says', async ({ signal }) => {
    await using serving = await hurried(echo, 'RequestReadTimeout header=0 body=0\nTimeout 1');
    expect(await said(serving, 'GET / HTTP/1.1\r\nHo', signal)).toBe('');
    expect(await said(serving, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody', signal)).toBe('');
  });

  it('is not who waits for an application', async () => {
    await using serving = await hurried(late, 'RequestReadTimeout header=1 body=1\nTimeout 1');
    expect((await serving.ask('/', { method: 'POST' }, 'a body that nobody reads')).body).toBe('late');
  });
});

describe('A body beyond LimitRequestBody', () => {
  it('is refused where its length is announced, before the client sends it', async () => {
    await using serving = await hurried(echo, 'LimitRequestBody 4');
    const headers = { Expect: '100-continue', 'Content-Length': 5 };
    expect((await serving.ask('/', { method: 'POST', headers }, 'fives')).status).toBe(413);
    expect((await serving.ask('/', { method: 'POST' }, 'four')).body).toBe('four');
  });

  it('is cut off where it comes in chunks', async () => {
    await using serving = await hurried(echo, 'WSGIChunkedRequest On\nLimitRequestBody 4');
    const headers = { 'Transfer-Encoding': 'chunked' };
    await expect(serving.ask('/', { method: 'POST', headers }, 'fives')).rejects.toThrow();
    expect((await serving.ask('/', { method: 'POST', headers }, 'four')).body).toBe('four');
  });
});
