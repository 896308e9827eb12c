import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../serving.ts';

const one = `WSGIChunkedRequest On\nWSGIDaemonProcess shop threads=1\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`;

/** Sends a request as it is written and returns what the client holds. */
async function call(site: Serving, request: string): Promise<Socket> {
  const socket = connect(site.gateway.ports.get(8080) ?? 0, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(request);
  return socket;
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost:8080\r\n\r\n`;

/** The front says what it thinks of such clients; applications have nothing to complain of. */
const ofApplications = ({ log }: Serving): readonly string[] => log.filter((line) => !line.startsWith('gateway: '));

/** Tells in a pipe what happened: opening it waits for the test to read. */
const telling = `
import os
here = os.path.dirname(__file__)
def tell(name, text):
    with open(os.path.join(here, name), 'w') as pipe:
        pipe.write(text)
`;

describe('a client that goes away', () => {
  it('ends the iteration of a response without an end, and close() is called once', async () => {
    const text = `${telling}
closed = 0
class Endless:
    def __iter__(self):
        while True:
            yield b'x' * 1000
    def close(self):
        global closed
        closed += 1
        tell('closed', str(closed))
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return Endless() if environ['PATH_INFO'] == '/endless' else [str(closed).encode()]
`;
    await using site = await serve(one, { 'app.wsgi': text });
    execFileSync('mkfifo', [site.file('closed')]);
    for (const closed of ['1', '2', '3']) {
      const client = await call(site, get('/endless'));
      await once(client, 'data');
      client.destroy();
      expect(await readFile(site.file('closed'), 'utf8')).toBe(closed);
      // The only thread is back, and there is still one.
      expect((await site.ask('/')).body).toBe(closed);
    }
    expect(ofApplications(site)).toEqual([]);
  });

  it('frees a thread that waits in a write for a client that does not read', async () => {
    const text = `${telling}
def blocks():
    try:
        while True:
            yield b'x' * 100000
    finally:
        tell('closed', 'yes')
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return blocks() if environ['PATH_INFO'] == '/endless' else [b'free']
`;
    await using site = await serve(one, { 'app.wsgi': text });
    execFileSync('mkfifo', [site.file('closed')]);
    const client = await call(site, get('/endless'));
    await once(client, 'readable'); // And reads nothing of it.
    client.destroy();
    expect(await readFile(site.file('closed'), 'utf8')).toBe('yes');
    expect((await site.ask('/')).body).toBe('free');
  });

  it('makes write() raise OSError, as mod_wsgi does', async () => {
    const text = `${telling}
def application(environ, start_response):
    write = start_response('200 OK', [('Content-Type', 'text/plain')])
    try:
        while True:
            write(b'x' * 1000)
    except OSError as error:
        tell('raised', str(error))
        raise
`;
    await using site = await serve(one, { 'app.wsgi': text });
    execFileSync('mkfifo', [site.file('raised')]);
    const client = await call(site, get('/'));
    await once(client, 'data');
    client.destroy();
    expect(await readFile(site.file('raised'), 'utf8')).toBe('the client went away before the end of the response');
  });

  it('makes read() raise OSError when the body is cut short, whichever way it is read', async () => {
    const text = `${telling}
ways = {
    '/read': lambda body: body.read(),
    '/read-size': lambda body: body.read(10),
    '/readline': lambda body: body.readline(),
    '/readlines': lambda body: body.readlines(),
    '/iterate': lambda body: list(body),
}
def application(environ, start_response):
    tell('begun', 'yes')
    try:
        ways[environ['PATH_INFO']](environ['wsgi.input'])
    except OSError as error:
        tell('raised', str(error))
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'to nobody']
`;
    await using site = await serve(one, { 'app.wsgi': text });
    execFileSync('mkfifo', [site.file('begun'), site.file('raised')]);
    const bodies = ['Content-Length: 10\r\n\r\nabc', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'];
    for (const way of ['/read', '/read-size', '/readline', '/readlines', '/iterate'])
      for (const body of bodies) {
        const client = await call(site, `POST ${way} HTTP/1.1\r\nHost: localhost:8080\r\n${body}`);
        expect(await readFile(site.file('begun'), 'utf8')).toBe('yes');
        client.destroy();
        expect(await readFile(site.file('raised'), 'utf8')).toBe(
          'the client went away before the end of the request body',
        );
      }
    expect(ofApplications(site)).toEqual([]);
  });

  it('does not hide what its request did to the script', async () => {
    const text = `${telling}
tell('loading', 'yes')
open(os.path.join(here, 'go')).close()
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return iter([b'one', b'two'])
`;
    await using site = await serve(one, { 'app.wsgi': text });
    execFileSync('mkfifo', [site.file('loading'), site.file('go')]);
    const client = await call(site, get('/'));
    await readFile(site.file('loading'));
    client.destroy();
    await writeFile(site.file('go'), '');
    await site.recorder.when((event) => event.kind === 'application.loaded');
    expect((await site.ask('/')).body).toBe('onetwo');
  });

  it('is not mistaken for an application that lost a connection of its own', async () => {
    const text = `
def application(environ, start_response):
    raise {'/reset': ConnectionResetError, '/pipe': BrokenPipeError}[environ['PATH_INFO']]('to the database')
`;
    await using site = await serve(one, { 'app.wsgi': text });
    expect((await site.ask('/reset')).status).toBe(500);
    expect((await site.ask('/pipe')).status).toBe(500);
    for (const lost of ['ConnectionResetError: to the database', 'BrokenPipeError: to the database'])
      while (!site.log.join('\n').includes(lost)) await new Promise(setImmediate);
  });
});
