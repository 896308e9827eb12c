import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../serving.ts';

const daemon = (threads = 1): string =>
  `WSGIDaemonProcess shop threads=${threads}\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`;

const embedded = `WSGIScriptAlias / \${here}/app.wsgi\n`;

const plain = "[('Content-Type', 'text/plain')]";

/** Waits for a text in the log: it comes another way than the response. */
async function logged(site: Serving, text: string, from = 0): Promise<void> {
  while (!site.log.slice(from).join('\n').includes(text)) await new Promise(setImmediate);
}

/** Calls of start_response, as Python, and what the log says of each. */
const refused: readonly (readonly [status: string, headers: string, why: string])[] = [
  ["'100 Continue'", plain, 'status must be a number from 200 to 999'],
  ["'200'", plain, 'status must be a number from 200 to 999'],
  ["'２００ OK'", plain, 'status must be a number from 200 to 999'],
  ["'200 OK\\r\\nX: y'", plain, 'status must be a number from 200 to 999'],
  ["b'200 OK'", plain, 'status must be a str'],
  ["'200 OK'", '()', 'headers must be a list'],
  ["'200 OK'", "[(b'X-A', 'b')]", 'header names must be str'],
  ["'200 OK'", "[('X-A', b'b')]", 'header values must be str'],
  ["'200 OK'", "[('X-A', 1)]", 'header values must be str'],
  ["'200 OK'", "[('X A', 'b')]", 'not the name of a header'],
  ["'200 OK'", "[('', 'b')]", 'not the name of a header'],
  ["'200 OK'", "[('X-A', 'b\\r\\nX-B: c')]", 'a header has a control character'],
  ["'200 OK'", "[('X-A', 'b\\0c')]", 'a header has a control character'],
  ["'200 OK'", "[('X-A', 'Wert €')]", 'or one outside Latin-1'],
  ["'200 OK'", "[('Connection', 'close')]", 'Connection is a hop-by-hop header'],
  ["'200 OK'", "[('transfer-encoding', 'chunked')]", 'hop-by-hop header'],
  ["'200 OK'", "[('Content-Length', '+3')]", "invalid Content-Length: '+3'"],
  ["'200 OK'", "[('Content-Length', '3'), ('content-length', '4')]", 'is both 3 and 4'],
];

/** Writes a conversation and returns all that is answered until the server closes. */
async function converse(site: Serving, text: string): Promise<string> {
  const client = connect(site.gateway.ports.get(8080) ?? 0, '127.0.0.1');
  let answer = '';
  client.on('data', (piece: Buffer) => {
    answer += piece.toString('latin1');
  });
  client.write(text);
  await once(client, 'close');
  return answer;
}

const asking = (method: string, path: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost:8080\r\n${more}\r\n`;
const last = 'Connection: close\r\n';

describe('what Apache does in the place of an application', () => {
  const text = `
def application(environ, start_response):
    start_response('200 OK', [('Content-Length', '2'), ('Server', 'mine')])
    return [b'ok']
`;

  it('the child of a daemon process asks for the body before it hears of the application', async () => {
    await using site = await serve(daemon(), { 'app.wsgi': text });
    const client = connect(site.gateway.ports.get(8080) ?? 0, '127.0.0.1');
    client.write(asking('POST', '/', 'Content-Length: 5\r\nExpect: 100-continue\r\n'));
    const [interim] = await once(client, 'data');
    expect(String(interim)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    client.write(`hello${asking('GET', '/', last)}`);
    let answer = String(interim);
    client.on('data', (piece: Buffer) => {
      answer += piece.toString();
    });
    await once(client, 'close');
    // What nobody read is not taken for the next request.
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200', 'HTTP/1.1 200']);
  });

  it('its own name stands in the Server header', async () => {
    await using site = await serve(daemon(), { 'app.wsgi': text });
    expect(await converse(site, asking('GET', '/', last))).toMatch(/\r\nServer: wsgiscope\r\n/);
  });
});

describe('a status, a head and a body', () => {
  it('without a body by method or status have none, and the connection stays usable', async () => {
    const text = `
def application(environ, start_response):
    status = {'/204': '204 No Content', '/304': '304 Not Modified'}.get(environ['PATH_INFO'], '200 OK')
    start_response(status, [('Content-Length', '3'), ('X-Path', environ['PATH_INFO'])])
    while True:
        yield b'abc'
`;
    await using site = await serve(daemon(), { 'app.wsgi': text });
    const answer = await converse(
      site,
      `${asking('GET', '/204')}${asking('GET', '/304')}${asking('HEAD', '/head')}${asking('GET', '/end', last)}`,
    );
    const [none, notModified, head, end] = answer.split(/(?=HTTP\/1\.1 )/);
    expect(none).toMatch(/^HTTP\/1\.1 204 No Content\r\nX-Path: \/204\r\n/);
    expect(notModified).toMatch(/^HTTP\/1\.1 304 Not Modified\r\nX-Path: \/304\r\n/);
    for (const headers of [none, notModified]) expect(headers).not.toMatch(/content-length|transfer-encoding/i);
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 3\r\nX-Path: \/head\r\n/);
    for (const headers of [none, notModified, head]) expect(headers).toMatch(/\r\n\r\n$/);
    expect(end).toMatch(/\r\n\r\nabc$/);
  });

  it('are refused with 500 where they could break the response, and the log says why', async () => {
    const text = `
import urllib.parse
def application(environ, start_response):
    start_response(*eval(urllib.parse.unquote(environ['QUERY_STRING'])))
    return [b'abc']
`;
    await using site = await serve(daemon(), { 'app.wsgi': text });
    for (const [status, headers, why] of refused) {
      const before = site.log.length;
      const reply = await site.ask(`/?${encodeURIComponent(`${status}, ${headers}`)}`);
      expect([reply.status, reply.body.includes('abc')], why).toEqual([500, false]);
      await logged(site, why, before);
    }
  });

  it('may be in Latin-1, of subclasses of str, and name one length twice', async () => {
    const text = `
class Text(str):
    pass
def application(environ, start_response):
    start_response(Text('200 Schön'), [(Text('X-Name'), Text('Müller')), ('Content-Length', '3'), ('Content-length', '3')])
    return [b'abc']
`;
    await using site = await serve(daemon(), { 'app.wsgi': text });
    const answer = await converse(site, asking('GET', '/', last));
    expect(answer).toMatch(/^HTTP\/1\.1 200 Schön\r\nX-Name: Müller\r\nContent-Length: 3\r\n/);
    expect(answer.match(/content-length/gi)).toHaveLength(1);
  });

  it('are logged when the length does not hold: too much is cut off, too little closes the connection', async () => {
    const text = `
def application(environ, start_response):
    start_response('200 OK', [('Content-Length', '3')])
    return {'/long': [b'abcdef'], '/later': iter([b'abc', b'', b'def', b'ghi']), '/short': [b'a'], '/none': []}[environ['PATH_INFO']]
`;
    await using site = await serve(daemon(), { 'app.wsgi': text });
    const answer = await converse(
      site,
      `${asking('GET', '/long')}${asking('GET', '/later')}${asking('GET', '/short')}${asking('GET', '/never')}`,
    );
    expect(answer.split(/HTTP\/1\.1 200 OK\r\n[\s\S]*?\r\n\r\n/)).toEqual(['', 'abc', 'abc', 'a']);
    const script = site.file('app.wsgi');
    const mismatch = (generated: string): string =>
      `shop#1 localhost:8080|: Content length mismatch, expected 3, response generated ${generated}: ${script}`;
    await logged(site, mismatch('1'));
    expect(site.log).toEqual([mismatch('more than that'), mismatch('more than that'), mismatch('1')]);
    expect(await converse(site, asking('GET', '/none'))).toMatch(/Content-Length: 3\r\n[\s\S]*\r\n\r\n$/);
    await logged(site, mismatch('0'));
  });

  it('need a call of start_response, at the latest with the first block that is not empty', async () => {
    const text = `
def late(start_response):
    yield b''
    start_response('200 OK', ${plain})
    yield b'late'
def never():
    yield b'never'
def application(environ, start_response):
    return {'/late': late(start_response), '/never': never(), '/nothing': [], '/none': None, '/empty': ['']}[environ['PATH_INFO']]
`;
    await using site = await serve(daemon(), { 'app.wsgi': text });
    expect(await site.ask('/late')).toMatchObject({ status: 200, body: 'late' });
    for (const path of ['/never', '/nothing', '/none', '/empty']) expect((await site.ask(path)).status).toBe(500);
    await logged(site, 'a body without a call of start_response()');
    await logged(site, 'the application returned without calling start_response()');
    await logged(site, "TypeError: 'NoneType' object is not iterable");
    await logged(site, 'body blocks must be bytes, not str');
  });
});

describe('a connection', () => {
  it('tells its client to go on only when an embedded application reads', async () => {
    const text = `
def application(environ, start_response):
    body = environ['wsgi.input'].read() if environ['PATH_INFO'] == '/read' else b'unread'
    start_response('200 OK', ${plain})
    return [body]
`;
    await using site = await serve(embedded, { 'app.wsgi': text });
    const expecting = 'Content-Length: 5\r\nExpect: 100-continue\r\n';
    // A client that was not told to go on may send the body or not: nothing after it can be trusted.
    const unread = await converse(site, asking('POST', '/unread', expecting));
    expect(unread).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n\r\nunread$/);

    const client = connect(site.gateway.ports.get(8080) ?? 0, '127.0.0.1');
    client.write(asking('POST', '/read', expecting));
    const [interim] = await once(client, 'data');
    expect(String(interim)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    client.write(`hello${asking('GET', '/end', last)}`);
    let answer = '';
    client.on('data', (piece: Buffer) => {
      answer += piece.toString();
    });
    await once(client, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*hello[\s\S]*unread$/);
  });

  it('carries pipelined requests one after another, each seeing what the one before did', async () => {
    const text = `
import threading
done = []
def application(environ, start_response):
    done.append(environ['PATH_INFO'])
    seen = ' '.join(done)
    start_response('200 OK', ${plain})
    if environ['PATH_INFO'] == '/1':
        yield b'x' * 300000
    body = environ['wsgi.input'].read()
    yield b'[' + seen.encode() + b':' + body + b']'
`;
    await using site = await serve(daemon(3), { 'app.wsgi': text });
    const answer = await converse(
      site,
      `${asking('GET', '/1')}${asking('POST', '/2', 'Content-Length: 3\r\n')}abc${asking('GET', '/3', last)}`,
    );
    expect(answer.match(/\[[^\]]*\]/g)).toEqual(['[/1:]', '[/1 /2:abc]', '[/1 /2 /3:]']);
  });

  it('of HTTP/1.0 gets no chunks, and stays open only as asked and with a length', async () => {
    const text = `
def application(environ, start_response):
    start_response('200 OK', ${plain})
    return [b'whole'] if environ['PATH_INFO'] == '/whole' else iter([b'in ', b'parts'])
`;
    await using site = await serve(daemon(), { 'app.wsgi': text });
    const old = (path: string): string =>
      `GET ${path} HTTP/1.0\r\nHost: localhost:8080\r\nConnection: keep-alive\r\n\r\n`;
    const answer = await converse(site, old('/whole') + old('/parts'));
    expect(answer).toMatch(
      /Content-Length: 5\r\n[\s\S]*Connection: keep-alive\r\n[\s\S]*whole[\s\S]*Connection: close\r\n\r\nin parts$/,
    );
    expect(answer).not.toContain('chunked');
  });

  it('is not reached by what an application keeps of a request that is over', async () => {
    const text = `
import threading
kept = {}
said = []
def attempt(name, call):
    try:
        call()
        said.append(name + ' went through')
    except RuntimeError as error:
        said.append(str(error))
def application(environ, start_response):
    write = start_response('200 OK', ${plain})
    if environ['PATH_INFO'] == '/keep':
        kept.update(write=write, body=environ['wsgi.input'])
        return [b'kept']
    thread = threading.Thread(target=lambda: (
        attempt('write', lambda: kept['write'](b'smuggled')), attempt('read', lambda: kept['body'].read(1))))
    thread.start()
    thread.join()
    return [', '.join(said).encode()]
`;
    await using site = await serve(daemon(), { 'app.wsgi': text });
    expect((await site.ask('/keep', { method: 'POST' }, 'body')).body).toBe('kept');
    expect((await site.ask('/', { method: 'POST' }, 'next')).body).toBe(
      'write() was called after the end of its request, wsgi.input was read after the end of its request',
    );
  });
});

describe('wsgi.file_wrapper', () => {
  it('sends files from where they stand, and whatever else has read(), and closes it', async () => {
    const text = `
import gzip, io, os
here = os.path.dirname(__file__)
closed = []
class Reader:
    left = [b'from ', b'a reader']
    def read(self, size):
        return self.left.pop(0) if self.left else b''
class File(io.FileIO):
    def close(self):
        if not self.closed:
            closed.append('file')
        super().close()
def application(environ, start_response):
    wrapper = environ['wsgi.file_wrapper']
    path = environ['PATH_INFO']
    length = [('Content-Length', environ['QUERY_STRING'])] if environ['QUERY_STRING'] else []
    start_response('200 OK', ${plain} + length)
    if path == '/closed':
        return [str(closed).encode()]
    if path == '/reader':
        return wrapper(Reader())
    if path == '/gzip':
        return wrapper(gzip.open(os.path.join(here, 'packed.gz')))
    if path == '/text':
        return wrapper(io.BytesIO(b'in memory'), 2)
    file = open(os.path.join(here, 'large'), 'rb') if path == '/file' else File(os.path.join(here, 'large'))
    file.seek(1000000)
    return wrapper(file)
with open(os.path.join(here, 'large'), 'wb') as large:
    large.write(b'x' * 1000000 + b'y' * 1000000)
with gzip.open(os.path.join(here, 'packed.gz'), 'wb') as packed:
    packed.write(b'unpacked')
`;
    await using site = await serve(daemon(), { 'app.wsgi': text });
    for (const path of ['/file', '/subclass']) {
      const whole = await site.ask(path);
      expect(whole.body).toBe('y'.repeat(1_000_000));
      expect((await site.ask(`${path}?5`)).body).toBe('yyyyy');
    }
    expect((await site.ask('/file')).headers['content-length']).toBe('1000000');
    expect((await site.ask('/file', { method: 'HEAD' })).status).toBe(200);
    expect((await site.ask('/reader')).body).toBe('from a reader');
    expect((await site.ask('/gzip')).body).toBe('unpacked');
    expect((await site.ask('/text')).body).toBe('in memory');
    expect((await site.ask('/closed')).body).toBe("['file', 'file']");
    await expect(site.ask('/file?1000001')).rejects.toThrow();
    await logged(site, 'expected 1000001, response generated 1000000');
  });
});

describe('the error log', () => {
  it('gets whole lines, each with the process and the interpreter it is from', async () => {
    const text = `
import sys, threading
def application(environ, start_response):
    errors = environ['wsgi.errors']
    together = threading.Barrier(2)
    def chatter(name, write):
        together.wait()
        for number in range(200):
            for part in (name, ' ', str(number), '\\n'):
                write(part)
    threads = [threading.Thread(target=chatter, args=each) for each in (('a', errors.write), ('b', sys.stderr.write))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print('on standard', end=' ')
    print('output')
    errors.writelines(['one\\ntwo', ' and without end'])
    start_response('200 OK', ${plain})
    return []
`;
    await using site = await serve(
      `${daemon()}WSGIScriptAlias /main \${here}/app.wsgi process-group=shop application-group=%{GLOBAL}\n`.replace(
        'Alias / ',
        'Alias /sub ',
      ),
      { 'app.wsgi': text },
    );
    for (const [path, interpreter] of [
      ['/sub', 'localhost:8080|/sub'],
      ['/main', '%{GLOBAL}'],
    ]) {
      const before = site.log.length;
      await site.ask(path ?? '');
      await logged(site, 'without end', before);
      const lines = site.log.slice(before).map((line) => line.replace(`shop#1 ${interpreter}: `, ''));
      const numbered = (name: string): string[] => Array.from({ length: 200 }, (_, number) => `${name} ${number}`);
      expect(lines.filter((line) => line.startsWith('a '))).toEqual(numbered('a'));
      expect(lines.filter((line) => line.startsWith('b '))).toEqual(numbered('b'));
      expect(lines.slice(400)).toEqual(['on standard output', 'one', 'two and without end']);
    }
  });
});
