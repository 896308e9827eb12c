/** Large bodies of requests: a process reads them from the client's own connection, which the gateway lends to it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../serving.ts';

const daemon = `KeepAliveTimeout 60
WSGIDaemonProcess shop threads=2
WSGIScriptAlias / \${here}/app.wsgi process-group=shop application-group=%{GLOBAL}
`;

/** Each path reads the body in its own way; `/waiting` says so when it has begun, and waits for `/go` before it goes on. */
const script = `
import hashlib, os, threading
here = os.path.dirname(__file__)
go = threading.Event()
def tell(name, text):
    with open(os.path.join(here, name), 'w') as pipe:
        pipe.write(text)
def open_files():
    return len(os.listdir('/proc/self/fd'))
def whole(body, size):
    yield body.read()
def sized(body, size):
    yield body.read(size)
def blocks(body, size):
    while True:
        block = body.read(10007)
        if not block:
            return
        yield block
def into(body, size):
    target = bytearray(70001)
    while True:
        count = body.readinto(target)
        if not count:
            return
        yield bytes(target[:count])
def lines(body, size):
    yield from body
def half(body, size):
    yield body.read(size // 2)
def some(body, size):
    yield body.read(3)
def nothing(body, size):
    yield b''
readers = {'/whole': whole, '/sized': sized, '/blocks': blocks, '/into': into, '/lines': lines, '/half': half, '/some': some, '/nothing': nothing}
def application(environ, start_response):
    path, body = environ['PATH_INFO'], environ['wsgi.input']
    size = int(environ.get('CONTENT_LENGTH') or 0)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if path == '/files':
        return [b'%d' % open_files()]
    if path == '/go':
        go.set()
        return [b'']
    if path == '/waiting':
        before = open_files()
        body.read(600000 if environ['QUERY_STRING'] == 'more' else 100)
        tell('waiting', '%d %d' % (os.getpid(), open_files() - before))
        if environ['QUERY_STRING']:
            go.wait(60)
        try:
            body.read()
        except OSError as error:
            tell('closed', str(error))
            raise
        return [b'read']
    if path == '/echo':
        return blocks(body, size)
    read = hashlib.sha256()
    for block in readers[path](body, size):
        read.update(block)
    return [read.hexdigest().encode()]
`;

const contents = (size: number): Buffer => Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, n) => n)));
const digest = async (of: Buffer): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', of)).toString('hex');

const post = (path: string, length: number, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: ${length}\r\n${more}\r\n`;

async function connected({ gateway }: Serving): Promise<Socket> {
  const socket = connect(gateway.ports.get(8080) ?? 0, '127.0.0.1');
  await once(socket, 'connect');
  return socket.on('error', () => {});
}

/** Sends these one after the other, each when the one before has been taken. */
async function sendAll(socket: Socket, blocks: readonly (string | Buffer)[]): Promise<void> {
  for (const block of blocks)
    if (!socket.write(block)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
}

/** All that comes, until the connection ends. */
async function rest(socket: Socket): Promise<string> {
  const blocks: Buffer[] = [];
  socket.on('data', (block: Buffer) => blocks.push(block));
  await once(socket, 'close');
  return Buffer.concat(blocks).toString('latin1');
}

/** What stands in a body of chunks. */
function unchunked(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, end), 16);
    if (!(size > 0)) return Buffer.concat(pieces);
    pieces.push(body.subarray(end + 2, end + 2 + size));
    at = end + 4 + size;
  }
}

const pipes = (site: Serving): void => {
  execFileSync('mkfifo', [site.file('waiting'), site.file('closed')]);
};

/**
 * A client that sends the beginning of a body, and whose application has begun to read it; `?more` reads more than there is
 * at once, and so has waited before it has begun.
 */
async function begun(site: Serving, path: string): Promise<{ readonly answer: Promise<string>; readonly pid: number }> {
  const socket = await connected(site);
  const answer = rest(socket);
  socket.write(post(path, 2_000_000));
  socket.write(contents(500_000));
  // A client may take its time; the sooner this comes, the less is seen, and nothing else changes.
  if (path.endsWith('?more')) setTimeout(() => socket.write(contents(200_000)), 400);
  return { answer, pid: Number.parseInt(await readFile(site.file('waiting'), 'utf8'), 10) };
}

const cut = (body: Buffer, at: readonly number[]): readonly Buffer[] => {
  const places = [0, ...at.map((part) => Math.floor(part * body.length)), body.length].toSorted((a, b) => a - b);
  return places.slice(1).map((place, index) => body.subarray(places[index], place));
};

// Open files are counted in /proc.
describe.skipIf(process.platform !== 'linux')('A large body', () => {
  it.each([
    ['a daemon process', daemon],
    ['an interpreter of its own', daemon.replace('%{GLOBAL}', 'own')],
    ['a child', `KeepAliveTimeout 60\nWSGIScriptAlias / \${here}/app.wsgi\n`],
  ])('arrives whole in %s, however it is read and cut, and so do the requests behind it', async (_, configuration) => {
    await using site = await serve(configuration, { 'app.wsgi': script });
    const { body: before } = await site.ask('/files');
    const upload = fc.record({
      path: fc.constantFrom('/whole', '/sized', '/blocks', '/into', '/lines', '/half', '/some', '/nothing'),
      size: fc.oneof(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: (1 << 18) - 1, max: (1 << 18) + 70_000 }),
        fc.integer({ min: 1 << 19, max: 5_000_000 }),
      ),
      cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(upload, { minLength: 1, maxLength: 4 }), async (uploads) => {
        const socket = await connected(site);
        const answer = rest(socket);
        const parts = uploads.flatMap(({ path, size, cuts }) => [post(path, size), ...cut(contents(size), cuts)]);
        parts.push('GET /files HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n');
        await sendAll(socket, parts);
        const digests = [...(await answer).matchAll(/[0-9a-f]{64}/g)].map(String);
        const sizes = {
          '/half': (size: number) => Math.floor(size / 2),
          '/some': (size: number) => Math.min(3, size),
          '/nothing': () => 0,
        };
        const read = uploads.map(({ path, size }) => (path in sizes ? sizes[path as keyof typeof sizes](size) : size));
        expect(digests).toEqual(await Promise.all(read.map((size) => digest(contents(size)))));
      }),
      { numRuns: 25 },
    );
    expect((await site.ask('/files')).body).toBe(before);
  });

  it('is read from a connection that is lent for it, and comes only after 100 where that is expected', async () => {
    await using site = await serve(daemon, { 'app.wsgi': script });
    pipes(site);
    const size = 2_000_003;
    const socket = await connected(site);
    const answer = rest(socket);
    socket.write(post('/waiting', size, 'Expect: 100-continue\r\nConnection: close\r\n'));
    await once(socket, 'data');
    socket.write(contents(size));
    expect((await readFile(site.file('waiting'), 'utf8')).split(' ')[1]).toBe('1');
    expect(await answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*read/);
  });

  it('is read while the response to it is written, to a client that takes its time', async () => {
    await using site = await serve(daemon, { 'app.wsgi': script });
    const sent = contents(8_000_003);
    const socket = await connected(site);
    const sending = sendAll(socket, [post('/echo', sent.length, 'Connection: close\r\n'), ...cut(sent, [0.2, 0.5])]);
    const blocks: Buffer[] = [];
    for await (const block of socket) {
      blocks.push(block as Buffer);
      await new Promise(setImmediate);
    }
    await sending;
    const answer = Buffer.concat(blocks);
    const chunks = answer.subarray(answer.indexOf('\r\n\r\n') + 4);
    expect(Buffer.compare(unchunked(chunks), sent)).toBe(0);
  });

  it('of a client that goes away ends with an error, and nothing of it is left', async () => {
    await using site = await serve(daemon, { 'app.wsgi': script });
    pipes(site);
    const { body: before } = await site.ask('/files');
    for (const ends of ['destroy', 'end', 'resetAndDestroy'] as const) {
      const socket = await connected(site);
      socket.write(post('/waiting', 2_000_000));
      socket.write(contents(500_000));
      await readFile(site.file('waiting'));
      socket[ends]();
      expect(await readFile(site.file('closed'), 'utf8')).toBe(
        'the client went away before the end of the request body',
      );
      socket.destroy();
    }
    while ((await site.ask('/files')).body !== before);
  });

  it('of a client that sends it too slowly is cut off, but not while nobody waits for it', async () => {
    await using site = await serve(`RequestReadTimeout body=1\n${daemon}`, { 'app.wsgi': script });
    pipes(site);
    const unwaited = await begun(site, '/waiting?more'); // Its application is at something else by now.
    let isOver = false;
    void unwaited.answer.then(() => {
      isOver = true;
    });
    const cutOff = async ({ answer }: { readonly answer: Promise<string> }): Promise<void> => {
      expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(await readFile(site.file('closed'), 'utf8')).toBe(
        'the client went away before the end of the request body',
      );
    };
    // One that has begun later, and is waited for, has had its time before.
    await cutOff(await begun(site, '/waiting'));
    expect(isOver).toBe(false);
    await site.ask('/go');
    await cutOff(unwaited);
    expect(site.log.filter((line) => line.includes('the body came too slowly')).length).toBe(2);
  });

  it('is cut off where nothing of it moves for as long as Timeout says', async () => {
    await using site = await serve(`RequestReadTimeout body=0\nTimeout 1\n${daemon}`, { 'app.wsgi': script });
    pipes(site);
    const { answer } = await begun(site, '/waiting');
    expect(await answer).toBe('');
    expect(await readFile(site.file('closed'), 'utf8')).toBe('the client went away before the end of the request body');
  });

  it('is lost with the process that reads it, which the client is told', async () => {
    await using site = await serve(daemon, { 'app.wsgi': script });
    pipes(site);
    const { answer, pid } = await begun(site, '/waiting?go');
    process.kill(pid, 'SIGKILL');
    const text = await answer;
    expect(text).toMatch(/^HTTP\/1\.1 500 /);
    expect(text).toContain('\r\nConnection: close\r\n');
    expect((await site.ask('/whole', { method: 'POST' }, 'again')).status).toBe(200);
  });

  it('comes through the gateway where the process may open no more files', async () => {
    const text = `
import os, resource
held = []
def application(environ, start_response):
    if not held:
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 4096))
        try:
            while True:
                held.append(os.dup(0))
        except OSError:
            pass
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'%d' % len(environ['wsgi.input'].read())]
`;
    await using site = await serve(daemon, { 'app.wsgi': text });
    for (const size of [3_000_000, 2_000_000])
      expect((await site.ask('/', { method: 'POST' }, contents(size))).body).toBe(String(size));
  });
});
