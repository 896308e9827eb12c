import { describe, expect, it } from 'vitest';
import { serve } from '../serving.ts';

/** Blocks at a point of the response until somebody asks `/go`, which runs on the other thread. */
const silent = `
import threading
go = threading.Event()
def application(environ, start_response):
    path = environ['PATH_INFO']
    if path == '/go':
        go.set()
    elif path == '/before':
        go.wait(60)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return body() if path == '/within' else [b'done']
def body():
    yield b'first'
    go.wait(60)
    yield b'second'
`;
const configuration = `WSGIDaemonProcess shop threads=2 socket-timeout=1
WSGIScriptAlias / \${here}/app.wsgi process-group=shop
`;

describe('a daemon process that is silent for longer than socket-timeout', () => {
  it('costs its client a 504 before the response headers, and goes on with other requests', async () => {
    await using site = await serve(configuration, { 'app.wsgi': silent });
    expect((await site.ask('/before')).status).toBe(504);
    expect((await site.ask('/go')).body).toBe('done');
    expect((await site.ask('/before')).body).toBe('done');
  });

  it('has as long as Timeout says where socket-timeout is not set', async () => {
    const plain = `Timeout 1\n${configuration.replace(' socket-timeout=1', '')}`;
    await using site = await serve(plain, { 'app.wsgi': silent });
    expect((await site.ask('/before')).status).toBe(504);
    expect((await site.ask('/go')).body).toBe('done');
  });

  it('has its response cut where that has begun', async () => {
    await using site = await serve(configuration, { 'app.wsgi': silent });
    await expect(site.ask('/within')).rejects.toThrow();
    expect((await site.ask('/go')).body).toBe('done');
  });
});
