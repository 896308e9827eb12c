import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AccountedResponse } from '../front/request-account.ts';
import { type Serving, serve, suspend } from '../serving.ts';

const daemon = `KeepAliveTimeout 60
WSGIDaemonProcess shop threads=2
WSGIScriptAlias / \${here}/app.wsgi process-group=shop application-group=%{GLOBAL}
`;

/** Large enough to be sent on the client's own connection, and no multiple of any block. */
const size = 3_000_017;

const script = `
import os, threading
here = os.path.dirname(__file__)
body = bytes(n % 251 for n in range(251)) * 11953
body = body[:${size}]
go = threading.Event()
held = None
def blocks():
    for start in range(0, len(body), 65536):
        yield body[start:start + 65536]
def tell(name, text):
    with open(os.path.join(here, name), 'w') as pipe:
        pipe.write(text)
def open_files():
    return len(os.listdir('/proc/self/fd'))
class Endless:
    "Sends a lot; where it is to wait, it says so and waits before it goes on."
    def __init__(self, environ):
        self.word = environ['QUERY_STRING']
        self.waits = environ['PATH_INFO'] == '/waiting'
    def __iter__(self):
        yield from blocks()
        if self.waits:
            tell('waiting', str(os.getpid()))
            go.wait(60)
        while True:
            yield body
    def close(self):
        if self.word:
            tell('closed', self.word)
def lent():
    before = open_files()
    yield from blocks()
    yield b' %d' % (open_files() - before)
def broken():
    yield from blocks()
    raise ValueError('in the middle')
def application(environ, start_response):
    path = environ['PATH_INFO']
    headers = [('Content-Type', 'application/octet-stream')]
    if path == '/write':
        write = start_response('200 OK', headers)
        for block in blocks():
            write(block)
        return []
    length = {'/length': 0, '/echo': 0, '/unread': 0, '/short': 1, '/long': -1}.get(path)
    if length is not None:
        headers.append(('Content-Length', str(len(body) + length)))
    if path == '/echo':
        while environ['wsgi.input'].read(1000):
            pass
    start_response('200 OK', headers)
    if path == '/files':
        return [str(open_files()).encode()]
    if path == '/go':
        go.set()
        return [b'']
    if path == '/one':
        return [body]
    if path == '/file':
        with open(os.path.join(here, 'body'), 'wb') as file:
            file.write(b'before' + body)
        file = open(os.path.join(here, 'body'), 'rb')
        file.read(6)
        return environ['wsgi.file_wrapper'](file)
    if path in ('/waiting', '/endless'):
        return Endless(environ)
    return {'/lent': lent, '/broken': broken}.get(path, blocks)()
`;

const body = Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, n) => n)));

async function call(site: Serving, path: string): Promise<Socket> {
  const socket = connect(site.gateway.ports.get(8080) ?? 0, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:8080\r\n\r\n`);
  return socket;
}

/** All that comes, until the connection ends. */
async function rest(socket: Socket): Promise<Buffer> {
  const blocks: Buffer[] = [];
  socket.on('data', (block: Buffer) => blocks.push(block));
  socket.on('error', () => {});
  await once(socket, 'close');
  return Buffer.concat(blocks);
}

const pipes = (site: Serving): void => {
  execFileSync('mkfifo', [site.file('waiting'), site.file('closed')]);
};

// Open files are counted in /proc.
describe.skipIf(process.platform !== 'linux')('A connection that is lent to the thread that writes to it', () => {
  it('carries the response whole, whichever way the application sends it, and the requests after it', async () => {
    const counted: number[] = [];
    // The client may know the end of a response before the gateway does.
    const lastCount = async (): Promise<number | undefined> => {
      while (counted.length === 0) await new Promise(setImmediate);
      return counted.pop();
    };
    await using site = await serve(
      daemon,
      { 'app.wsgi': script },
      { account: ({ response }) => counted.push(response instanceof AccountedResponse ? response.bodyBytes : -1) },
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (path: string, method = 'GET', sent?: string) => site.ask(path, { agent, method }, sent);
    const { body: before } = await ask('/files');
    const [socket] = Object.values(agent.freeSockets).flat();
    // In the middle of such a response the process has one more descriptor.
    expect((await ask('/lent')).body.slice(-2)).toBe(' 1');
    expect([await lastCount(), await lastCount()].includes(size + 2)).toBe(true);
    for (const path of ['/length', '/chunks', '/write', '/one', '/file']) {
      const reply = await ask(path);
      expect([path, reply.status, reply.body === body.toString()]).toEqual([path, 200, true]);
      expect(await lastCount()).toBe(size);
      // Not on the same connection: node's own client keeps none after HEAD where no length is known.
      expect((await site.ask(path, { method: 'HEAD' })).body).toBe('');
      expect(await lastCount()).toBe(0);
    }
    for (const path of ['/echo', '/unread'])
      expect((await ask(path, 'POST', 'x'.repeat(100_000))).body === body.toString()).toBe(true);
    expect((await ask('/long')).body === body.subarray(0, -1).toString()).toBe(true);
    expect(Object.values(agent.freeSockets).flat()[0] === socket).toBe(true);
    expect((await ask('/files')).body).toBe(before);
    agent.destroy();
  });

  it('is answered in the order of its requests, and ends with the response under HTTP/1.0', async () => {
    await using site = await serve(daemon, { 'app.wsgi': script });
    const request = (path: string, version: string) => `GET ${path} HTTP/${version}\r\nHost: localhost:8080\r\n\r\n`;
    const socket = connect(site.gateway.ports.get(8080) ?? 0, '127.0.0.1');
    socket.write(request('/length', '1.1') + request('/length', '1.1') + request('/chunks', '1.0'));
    const answer = (await rest(socket)).toString('latin1');
    const bodies = answer.split(/HTTP\/1\.1 200 OK\r\n(?:[^\r\n]+\r\n)+\r\n/);
    expect(bodies.length).toBe(4);
    expect(bodies.slice(1).every((each) => each === body.toString('latin1'))).toBe(true);
  });

  it('is cut off where the application sends too little, or fails', async () => {
    await using site = await serve(daemon, { 'app.wsgi': script });
    const { body: before } = await site.ask('/files');
    for (const path of ['/short', '/broken']) {
      const answer = await rest(await call(site, path));
      expect(answer.length).toBeGreaterThan(size);
      expect(answer.subarray(-5).toString()).not.toBe('0\r\n\r\n');
    }
    expect((await site.ask('/files')).body).toBe(before);
    expect(site.log.join('\n')).toContain(`Content length mismatch, expected ${size + 1}, response generated ${size}`);
    expect(site.log.join('\n')).toContain('ValueError: in the middle');
  });

  it('ends the response of a client that goes away, and nothing of it is left', async () => {
    await using site = await serve(daemon, { 'app.wsgi': script });
    pipes(site);
    const { body: before } = await site.ask('/files');
    const client = await call(site, '/waiting?gone');
    client.resume();
    await readFile(site.file('waiting'));
    client.destroy();
    expect((await site.ask('/go')).status).toBe(200);
    expect(await readFile(site.file('closed'), 'utf8')).toBe('gone');
    const idle = await call(site, '/endless?unread');
    await once(idle, 'readable'); // And reads nothing of it: the thread waits in a write.
    idle.destroy();
    expect(await readFile(site.file('closed'), 'utf8')).toBe('unread');
    while ((await site.ask('/files')).body !== before);
    expect(site.log.filter((line) => !line.startsWith('gateway: '))).toEqual([]);
  });

  it('is cut off where the client takes nothing for as long as Timeout says', async () => {
    await using site = await serve(`Timeout 1\n${daemon}`, { 'app.wsgi': script });
    pipes(site);
    const client = await call(site, '/endless?slow');
    await once(client, 'readable');
    expect(await readFile(site.file('closed'), 'utf8')).toBe('slow');
    expect((await rest(client)).length).toBeGreaterThan(0);
    expect((await site.ask('/files')).status).toBe(200);
  });

  it('ends when its process is killed', async () => {
    await using site = await serve(daemon, { 'app.wsgi': script });
    pipes(site);
    const client = await call(site, '/waiting?');
    const answer = rest(client);
    process.kill(Number(await readFile(site.file('waiting'), 'utf8')), 'SIGKILL');
    expect((await answer).length).toBeGreaterThan(size);
    expect((await site.ask('/length')).body.length).toBe(body.toString().length);
  });

  it('ends at once when its child is told to go, although its thread is in the middle of it', async () => {
    await using site = await serve(`WSGIScriptAlias / \${here}/app.wsgi\n`, { 'app.wsgi': script });
    pipes(site);
    const client = await call(site, '/waiting?');
    const answer = rest(client);
    const pid = Number(await readFile(site.file('waiting'), 'utf8'));
    await suspend(pid); // Whatever it holds open stays open.
    try {
      site.gateway.signal('SIGHUP');
      expect((await answer).length).toBeGreaterThan(size);
      expect(await readFile(`/proc/${pid}/stat`, 'latin1')).toMatch(/\) T /);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('is not taken for silent while something moves on it, and is cut off when it is', async () => {
    const text = `
import threading
go = threading.Event()
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if environ['PATH_INFO'] == '/go':
        go.set()
        return [b'']
    return blocks(environ['PATH_INFO'] == '/moving')
def blocks(is_moving):
    yield b'x' * 300000
    for _ in range(10):
        go.wait(0.3 if is_moving else 60)
        yield b'y'
`;
    const configuration = daemon.replace('threads=2', 'threads=2 socket-timeout=1');
    await using site = await serve(configuration, { 'app.wsgi': text });
    expect((await site.ask('/moving')).body.length).toBe(300_010);
    await expect(site.ask('/silent')).rejects.toThrow();
    expect((await site.ask('/go')).status).toBe(200);
  });

  it('stays with the gateway where the process may open no more files', async () => {
    const text = `
import os, resource
held = []
def open_no_more_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 4096))
    try:
        while True:
            held.append(os.dup(0))
    except OSError:
        pass
def application(environ, start_response):
    if not held:
        open_no_more_files()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return (b'x' * 65536 for _ in range(16))
`;
    await using site = await serve(daemon, { 'app.wsgi': text });
    for (const _ of [1, 2]) expect((await site.ask('/')).body.length).toBe(1 << 20);
  });
});
