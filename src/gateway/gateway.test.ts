import { execFileSync } from 'node:child_process';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { setInterval } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../spec/trace.ts';
import { serve } from './serving.ts';

/** Answers with what the expression in the query string comes to, as JSON. */
const evaluating = `
import json, os, sys, threading
count = 0
def application(environ, start_response):
    global count
    count += 1
    import urllib.parse
    value = eval(urllib.parse.unquote(environ['QUERY_STRING']) or 'count')
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps(value).encode()]
`;
const embedded = `WSGIScriptAlias / \${here}/app.wsgi\n`;
const daemon = (options: string, alias = '/') =>
  `WSGIDaemonProcess shop ${options}\nWSGIScriptAlias ${alias} \${here}/app.wsgi process-group=shop\n`;

const query = (expression: string): string => `/?${encodeURIComponent(expression)}`;
const is =
  (kind: TraceEvent['kind']) =>
  (event: TraceEvent): event is TraceEvent =>
    event.kind === kind;

describe('a gateway', () => {
  it('gives applications the whole environ of PEP 3333 and the keys of mod_wsgi', async () => {
    await using site = await serve(daemon('processes=2 threads=3', '/shop'), { 'app.wsgi': evaluating });
    const reply = await site.ask(`/shop/cart%20x?${encodeURIComponent('{k: repr(v) for k, v in environ.items()}')}`, {
      headers: {
        host: 'localhost:8080',
        'X-One': 'a',
        X_Spoof: 'b',
        Proxy: 'c',
        Authorization: 'secret',
        Cookie: 'd=e',
      },
    });
    const environ = JSON.parse(reply.body) as Record<string, string>;
    expect(environ).toMatchObject({
      REQUEST_METHOD: "'GET'",
      SCRIPT_NAME: "'/shop'",
      PATH_INFO: "'/cart x'",
      SERVER_NAME: "'localhost'",
      SERVER_PORT: "'8080'",
      SERVER_PROTOCOL: "'HTTP/1.1'",
      HTTP_X_ONE: "'a'",
      HTTP_COOKIE: "'d=e'",
      'wsgi.version': '(1, 0)',
      'wsgi.url_scheme': "'http'",
      'wsgi.multithread': 'True',
      'wsgi.multiprocess': 'True',
      'wsgi.run_once': 'False',
      'mod_wsgi.process_group': "'shop'",
      'mod_wsgi.application_group': "'localhost:8080|/shop'",
    });
    for (const absent of ['HTTP_X_SPOOF', 'HTTP_PROXY', 'HTTP_AUTHORIZATION'])
      expect(environ).not.toHaveProperty(absent);
    for (const present of ['wsgi.input', 'wsgi.errors', 'wsgi.file_wrapper']) expect(environ).toHaveProperty(present);
  });

  it('serves an application that wsgiref.validate watches, with and without a body', async () => {
    const text = `
from wsgiref.validate import validator
@validator
def application(environ, start_response):
    body = environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
`;
    await using site = await serve(embedded, { 'app.wsgi': text });
    expect((await site.ask('/')).status).toBe(200);
    expect((await site.ask('/a/b?c', { method: 'POST', headers: { 'Content-Length': 5 } }, 'hello')).body).toBe(
      'hello',
    );
  });

  it('serves a script whose path is not ASCII, and reports it by its name', async () => {
    await using site = await serve(daemon('threads=1').replace('app.wsgi', '网站.wsgi'), { '网站.wsgi': evaluating });
    const filename = await site.ask(query("environ['SCRIPT_FILENAME'].encode('latin-1').decode()"));
    expect(JSON.parse(filename.body)).toBe(site.file('网站.wsgi'));
    expect(site.recorder.trace.find(is('application.loaded'))).toMatchObject({ script: site.file('网站.wsgi') });
  });

  it('streams a large body in and out unchanged', async () => {
    const text = `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/octet-stream')])
    return iter(lambda: environ['wsgi.input'].read(50000), b'')
`;
    await using site = await serve(`WSGIChunkedRequest On\n${daemon('threads=2')}`, { 'app.wsgi': text });
    const sent = 'wsgi'.repeat(1_000_000);
    const reply = await site.ask('/', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } }, sent);
    expect(reply.body === sent).toBe(true);
  });

  it('answers after a response whose last block was more than the connection took at once', async () => {
    const text = `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/octet-stream')])
    return iter([b'x' * 20000, b'y' * 20000])
`;
    await using site = await serve(daemon('threads=1'), { 'app.wsgi': text });
    for (let turn = 0; turn < 100; turn++) expect((await site.ask('/')).body.length).toBe(40_000);
  });

  it('keeps the next request intact when an application leaves a body unread', async () => {
    const text = `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [environ['wsgi.input'].read(3) if environ['PATH_INFO'] == '/some' else environ['REQUEST_METHOD'].encode()]
`;
    await using site = await serve(daemon('threads=1'), { 'app.wsgi': text });
    const large = Buffer.alloc(2_000_000, 'x');
    expect((await site.ask('/some', { method: 'POST' }, large)).body).toBe('xxx');
    expect((await site.ask('/none', { method: 'PUT' }, large)).body).toBe('PUT');
    expect((await site.ask('/none')).body).toBe('GET');
  });

  it('follows PEP 3333 in write(), close(), exc_info, Content-Length and file_wrapper', async () => {
    const text = `
import io, sys
closed = []
class Closing:
    def __init__(self, blocks): self.blocks = blocks
    def __iter__(self): return iter(self.blocks)
    def close(self): closed.append('yes')
def application(environ, start_response):
    plain = [('Content-Type', 'text/plain')]
    path = environ['PATH_INFO']
    if path == '/write':
        write = start_response('200 OK', plain)
        write(b'first ')
        return [b'second']
    if path == '/closing':
        start_response('200 OK', plain)
        return Closing([b'a', b'b'])
    if path == '/closed':
        start_response('200 OK', plain)
        return [','.join(closed).encode()]
    if path == '/exc':
        start_response('200 OK', plain + [('X-Old', '1')])
        try:
            raise ValueError('too late')
        except ValueError:
            start_response('418 Teapot', plain, sys.exc_info())
        return [b'replaced']
    if path == '/long':
        start_response('200 OK', plain + [('Content-Length', '3')])
        return [b'abcdef']
    if path == '/file':
        start_response('200 OK', plain)
        return environ['wsgi.file_wrapper'](io.BytesIO(b'from a file'), 4)
    if path == '/none':
        start_response('204 No Content', [])
        return []
    if path == '/twice':
        start_response('200 OK', plain)
        start_response('200 OK', plain)
        return [b'never']
    if path == '/text':
        start_response('200 OK', plain)
        return ['text']
    raise KeyError(path)
`;
    await using site = await serve(daemon('threads=1'), { 'app.wsgi': text });
    const body = async (path: string) => (await site.ask(path)).body;
    expect(await body('/write')).toBe('first second');
    expect(await body('/closing')).toBe('ab');
    expect(await body('/closed')).toBe('yes');
    const replaced = await site.ask('/exc');
    expect(replaced).toMatchObject({ status: 418, reason: 'Teapot', body: 'replaced' });
    expect(replaced.headers).not.toHaveProperty('x-old');
    expect(await body('/long')).toBe('abc');
    expect(await body('/file')).toBe('from a file');
    expect(await site.ask('/none')).toMatchObject({ status: 204, body: '' });
    expect((await site.ask('/twice')).status).toBe(500);
    expect((await site.ask('/text')).status).toBe(500);
    expect((await site.ask('/unknown')).status).toBe(500);
    expect(site.log.join('\n')).toContain("KeyError: '/unknown'");
    expect((await site.ask('/write', { method: 'HEAD' })).body).toBe('');
  });

  it('breaks the connection when a response ends before it should', async () => {
    const text = `
def application(environ, start_response):
    if environ['PATH_INFO'] == '/short':
        start_response('200 OK', [('Content-Length', '10')])
        return [b'abc']
    start_response('200 OK', [('Content-Type', 'text/plain')])
    def blocks():
        yield b'one'
        raise RuntimeError('in the middle')
    return blocks()
`;
    await using site = await serve(embedded, { 'app.wsgi': text });
    await expect(site.ask('/short')).rejects.toThrow();
    await expect(site.ask('/broken')).rejects.toThrow();
  });

  it('serves the rest of a site whose one script is broken, and says where it is broken', async () => {
    await using site = await serve(
      `${daemon('threads=1', '/daemon')}WSGIScriptAlias /broken \${here}/broken.wsgi process-group=shop
WSGIScriptAlias /nothing \${here}/nothing.wsgi process-group=shop
WSGIScriptAlias /gone \${here}/gone.wsgi process-group=shop
WSGIScriptAlias /embedded-nothing \${here}/nothing.wsgi
WSGIScriptAlias /undefined \${here}/app.wsgi process-group=nobody\n`,
      {
        'app.wsgi': evaluating,
        'broken.wsgi': 'import os\n\nraise ValueError("at import")\n',
        'nothing.wsgi': 'x = 1\n',
      },
    );
    const status = async (path: string) => (await site.ask(path)).status;
    expect(await status('/broken')).toBe(500);
    expect(await status('/broken')).toBe(500);
    expect(await status('/nothing')).toBe(500);
    expect(await status('/embedded-nothing')).toBe(404);
    expect(await status('/gone')).toBe(404);
    expect(await status('/undefined')).toBe(500);
    expect(await status('/unmapped')).toBe(404);
    expect(await status('/daemon')).toBe(200);
    expect(site.log.join('\n')).toContain(`${site.file('broken.wsgi')}:3: ValueError: at import`);
  });

  it('runs each application group in an interpreter of its own, and %{GLOBAL} in the main one', async () => {
    await using site = await serve(
      `WSGIDaemonProcess shop threads=2
WSGIProcessGroup shop
WSGIScriptAlias /one \${here}/app.wsgi
WSGIScriptAlias /two \${here}/app.wsgi
WSGIScriptAlias /three \${here}/app.wsgi application-group=localhost:8080|/two
WSGIScriptAlias /main \${here}/app.wsgi application-group=%{GLOBAL}\n`,
      { 'app.wsgi': evaluating },
    );
    const expression = `?${encodeURIComponent('[os.getpid(), id(sys.modules), count, threading.main_thread() in threading.enumerate()]')}`;
    const seen = async (path: string) =>
      JSON.parse((await site.ask(path + expression)).body) as [number, number, number];
    const [one, two, three, main] = [await seen('/one'), await seen('/two'), await seen('/three'), await seen('/main')];
    expect(new Set([one[0], two[0], three[0], main[0]]).size).toBe(1);
    expect(two[1]).toBe(three[1]);
    expect(new Set([one[1], two[1], main[1]]).size).toBe(3);
    expect([one[2], two[2], three[2], main[2]]).toEqual([1, 1, 2, 1]);
  });

  it('names interpreters after the port in the Host header, as Apache does', async () => {
    await using site = await serve(daemon('threads=1'), { 'app.wsgi': evaluating });
    const group = async (host: string) =>
      (await site.ask(query("environ['mod_wsgi.application_group']"), { headers: { host } })).body;
    expect(await group('localhost:8080')).toBe('"localhost:8080|"');
    expect(await group(`localhost:${site.gateway.ports.get(8080)}`)).toBe('"localhost:8080|"');
    expect(await group('localhost:9999')).toBe('"localhost:9999|"');
    expect(await group('localhost')).toBe('"localhost|"');
  });

  it('lets no more requests to daemon processes in than Apache has workers', async () => {
    const text = `
import os
def application(environ, start_response):
    open(os.path.join(os.path.dirname(__file__), environ['QUERY_STRING'])).close()
    start_response('200 OK', [])
    return [environ['QUERY_STRING'].encode()]
`;
    await using site = await serve(`MaxRequestWorkers 2\n${daemon('threads=4')}`, { 'app.wsgi': text });
    execFileSync('mkfifo', ['one', 'two', 'three'].map(site.file));
    const waits = site.gateway.whenConnectionWaits(AbortSignal.timeout(60_000));
    const asked = ['one', 'two', 'three'].map((name) => site.ask(`/?${name}`));
    await waits;
    const accepted = () => site.recorder.trace.filter(is('request.accepted')).length;
    await site.recorder.when((event): event is TraceEvent => event.kind === 'request.accepted' && accepted() === 2);
    for (const name of ['one', 'two', 'three']) await writeFile(site.file(name), '');
    expect((await Promise.all(asked)).map(({ body }) => body)).toEqual(['one', 'two', 'three']);
  });

  it('says which port is in use and leaves nothing running', async () => {
    const occupier = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => occupier.once('listening', resolve));
    const { port } = occupier.address() as { port: number };
    try {
      await expect(serve(embedded, { 'app.wsgi': evaluating }, { portFor: () => port })).rejects.toThrow(
        `port ${port} on 127.0.0.1 is in use`,
      );
    } finally {
      occupier.close();
    }
  });
});

describe('the life of a server process', () => {
  it('ends after maximum-requests, and a request that comes meanwhile waits for its successor', async () => {
    await using site = await serve(daemon('threads=1 maximum-requests=3'), { 'app.wsgi': evaluating });
    const counts: string[] = [];
    for (let request = 0; request < 7; request++) counts.push((await site.ask('/')).body);
    expect(counts).toEqual(['1', '2', '3', '1', '2', '3', '1']);
  });

  it('ends when its script is touched in daemon mode, and the request that noticed runs new code', async () => {
    await using site = await serve(daemon('processes=1 threads=2'), { 'app.wsgi': evaluating });
    const before = (await site.ask(query('os.getpid()'))).body;
    writeFileSync(site.file('app.wsgi'), `${evaluating}\n# changed\n`);
    utimesSync(site.file('app.wsgi'), 1, 1); // An older time is a change as well.
    const after = await site.ask(query('os.getpid()'));
    expect(after.status).toBe(200);
    expect(after.body).not.toBe(before);
  });

  it('goes on in embedded mode, where only the script is executed again', async () => {
    await using site = await serve(embedded, { 'app.wsgi': evaluating });
    const seen = async () => (await site.ask(query('[os.getpid(), id(sys.modules), count]'))).body;
    const before = JSON.parse(await seen()) as number[];
    utimesSync(site.file('app.wsgi'), 1, 1);
    expect(JSON.parse(await seen())).toEqual([before[0], before[1], 1]);
    expect(JSON.parse(await seen())).toEqual([before[0], before[1], 2]);
  });

  it('ends by its own SIGINT in daemon mode and ignores it in embedded mode', async () => {
    await using site = await serve(`${daemon('threads=2', '/daemon')}${embedded}`, { 'app.wsgi': evaluating });
    const suicide = `?${encodeURIComponent("[os.getpid(), os.kill(os.getpid(), __import__('signal').SIGINT)]")}`;
    const pid = async (path: string) => (JSON.parse((await site.ask(path)).body) as [number])[0];
    const daemonPid = await pid(`/daemon${suicide}`);
    const exited = await site.recorder.when(is('process.exited'));
    expect(exited).toMatchObject({ process: 'shop#1', because: 'signal' });
    expect(await pid(`/daemon?${encodeURIComponent('[os.getpid()]')}`)).not.toBe(daemonPid);
    const childPid = await pid(`/${suicide}`);
    expect(await pid(`/?${encodeURIComponent('[os.getpid()]')}`)).toBe(childPid);
  });

  it('is replaced after SIGKILL, and the request inside it is answered 500', async () => {
    await using site = await serve(daemon('threads=1'), { 'app.wsgi': evaluating });
    const killed = await site.ask(query("os.kill(os.getpid(), __import__('signal').SIGKILL)"));
    expect(killed.status).toBe(500);
    expect((await site.ask('/')).body).toBe('1');
  });

  it('runs exit handlers of every interpreter when it ends in order', async () => {
    const text = `
import atexit
def application(environ, start_response):
    group = environ['mod_wsgi.application_group']
    atexit.register(lambda: open(environ['QUERY_STRING'], 'a').write(group + '.'))
    start_response('200 OK', [])
    return [b'']
`;
    const site = await serve(
      `${daemon('threads=1', '/sub')}WSGIScriptAlias /main \${here}/app.wsgi process-group=shop application-group=%{GLOBAL}\n`,
      { 'app.wsgi': text },
    );
    const file = site.file('ended');
    await site.ask(`/sub?${file}`);
    await site.ask(`/main?${file}`);
    await site.gateway.stop();
    expect(readFileSync(file, 'utf8').split('.').sort()).toEqual(['', '', 'localhost:8080|/sub']);
    await site[Symbol.asyncDispose]();
  });

  it('stalls every application while one is imported, whatever interpreter it is in', async () => {
    // Opening a pipe waits for the other end: first the test for the script, then the script for the test.
    const slow = `
import os
here = os.path.dirname(__file__)
open(os.path.join(here, 'begun'), 'w').close()
open(os.path.join(here, 'go')).close()
`;
    await using site = await serve(
      `WSGIDaemonProcess shop threads=4\nWSGIProcessGroup shop
WSGIScriptAlias /slow \${here}/slow.wsgi\nWSGIScriptAlias /fast \${here}/app.wsgi\n`,
      { 'app.wsgi': evaluating, 'slow.wsgi': `${slow}${evaluating}` },
    );
    execFileSync('mkfifo', [site.file('begun'), site.file('go')]);
    await site.ask('/fast');
    const outcomes: string[] = [];
    const noted = (name: string) => site.ask(`/${name}`).then(() => outcomes.push(name));
    const first = noted('slow');
    await readFile(site.file('begun'));
    // Only now is the slow script under way; the fast one was loaded long ago.
    const second = noted('fast');
    expect(await Promise.race([second, slowEnough()])).toBe('nothing yet');
    await writeFile(site.file('go'), '');
    await Promise.all([first, second]);
  });

  it('counts connections, not requests, against MaxConnectionsPerChild', async () => {
    await using site = await serve(`MaxConnectionsPerChild 2\nServerLimit 1\nMaxRequestWorkers 2\n${embedded}`, {
      'app.wsgi': evaluating,
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const counts: string[] = [];
    for (let request = 0; request < 5; request++) counts.push((await site.ask('/', { agent })).body);
    agent.destroy();
    expect(counts).toEqual(['1', '2', '3', '4', '5']);
    expect((await site.ask('/')).body).toBe('6');
    await site.recorder.when(is('process.exited'));
    expect((await site.ask('/')).body).toBe('1');
  });
});

/** A stretch in which an unhindered request would have been answered many times over. */
const slowEnough = async (): Promise<string> => {
  for await (const _ of setInterval(300)) return 'nothing yet';
  return '';
};
