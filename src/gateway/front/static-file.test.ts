import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Serving, serve } from '../serving.ts';

const where = `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [(environ['SCRIPT_NAME'] + '|' + environ['PATH_INFO']).encode('latin-1')]
`;

let serving: Serving;

beforeAll(async () => {
  serving = await serve(
    `<VirtualHost *:8080>
       ServerName localhost
       WSGIScriptAliasMatch ^/m/([a-z]+)/v(\\d) \${here}/$1.wsgi
       WSGIScriptAlias /static/app \${here}/app.wsgi
       WSGIScriptAlias / \${here}/app.wsgi
       Alias /static/ \${here}/files/
       AliasMatch ^/icons/(.*)\\.ico$ \${here}/files/$1.css
       Alias /secret \${here}/secret
       Alias /scripts \${here}/scripts
       Alias /handled \${here}/scripts
       <Directory \${here}/scripts>
         Options ExecCGI
         AddHandler wsgi-script .wsgi
       </Directory>
       <Location /handled>
         SetHandler wsgi-script
       </Location>
       ScriptAlias /cgi-bin/ \${here}/files/
       <Directory \${here}/secret>
         Require all denied
       </Directory>
     </VirtualHost>
     <VirtualHost *:8080>
       ServerName files.example
       DocumentRoot \${here}/files
       DirectoryIndex start.html
       WSGIScriptAlias /网站 \${here}/app.wsgi
     </VirtualHost>`,
    { 'app.wsgi': where, 'shop.wsgi': where },
  );
  for (const folder of ['files', 'files/sub', 'secret', 'scripts']) mkdirSync(serving.file(folder));
  for (const name of ['shop.wsgi', 'shop.WSGI.bak', 'shop.txt']) writeFileSync(serving.file(`scripts/${name}`), where);
  writeFileSync(serving.file('files/style.css'), 'body { color: black }');
  writeFileSync(serving.file('files/.htpasswd'), 'user:secret');
  writeFileSync(serving.file('files/sub/start.html'), '<p>start</p>');
  writeFileSync(serving.file('secret/key.txt'), 'key');
});
afterAll(() => serving[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  serving.ask(path, { headers, method });

describe('A file beside an application', () => {
  it('is served although the application has the root: Alias comes first', async () => {
    const { status, body, headers } = await get('/static/style.css');
    expect({ status, body, type: headers['content-type'] }).toEqual({
      status: 200,
      body: 'body { color: black }',
      type: 'text/css; charset=utf-8',
    });
    expect((await get('/static')).body).toBe('|/static');
  });

  it('hides the script that is mounted below its URL', async () => {
    expect((await get('/static/app')).status).toBe(404);
  });

  it('is found by a pattern', async () => {
    expect((await get('/icons/style.ico')).body).toBe('body { color: black }');
  });

  it('is sent in part, or not again', async () => {
    const { status, body, headers } = await get('/static/style.css', { Range: 'bytes=0-3' });
    expect({ status, body, range: headers['content-range'] }).toEqual({
      status: 206,
      body: 'body',
      range: 'bytes 0-3/21',
    });
    expect((await get('/static/style.css', { 'If-None-Match': headers.etag ?? '' })).status).toBe(304);
    const beyond = await get('/static/style.css', { Range: 'bytes=90-' });
    expect({ status: beyond.status, range: beyond.headers['content-range'] }).toEqual({
      status: 416,
      range: 'bytes */21',
    });
  });

  it('has a head without a body', async () => {
    const { status, body, headers } = await get('/static/style.css', {}, 'HEAD');
    expect({ status, body, length: headers['content-length'] }).toEqual({ status: 200, body: '', length: '21' });
  });

  it('takes no other method', async () => {
    const { status, headers } = await get('/static/style.css', {}, 'POST');
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET,HEAD' });
  });

  it.each([
    ['/static/nothing.css', 404],
    ['/static/style.css/more', 404],
    ['/static/sub/', 404],
    ['/static/.htpasswd', 403],
    ['/secret/key.txt', 403],
    ['/secret/nothing', 403],
    ['/static/%ff', 404],
    ['/cgi-bin/style.css', 501],
  ])('%s is answered with %i', async (path, status) => {
    expect((await get(path)).status).toBe(status);
  });

  it('that is a script of mod_wsgi is neither shown nor run', async () => {
    for (const url of ['/scripts/shop.wsgi', '/scripts/shop.WSGI.bak', '/handled/shop.wsgi', '/handled/shop.txt']) {
      const { status, body } = await get(url);
      expect(status, url).toBe(501);
      expect(body, url).not.toContain('application');
    }
    expect(await get('/scripts/shop.txt')).toMatchObject({ status: 200, body: where });
  });

  it.runIf(process.getuid?.() !== 0)('that may not be read is answered with 403', async () => {
    writeFileSync(serving.file('files/mine.txt'), 'mine');
    chmodSync(serving.file('files/mine.txt'), 0);
    expect((await get('/static/mine.txt')).status).toBe(403);
  });

  it('stays below its folder', async () => {
    const raw = (target: string): Promise<string> =>
      new Promise((resolve) => {
        let answer = '';
        const socket = connect(serving.gateway.ports.get(8080) ?? 0, '127.0.0.1');
        socket.setEncoding('latin1').on('data', (block: string) => {
          answer += block;
        });
        socket.on('close', () => resolve(answer));
        socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      });
    expect(await raw('/static/../secret/key.txt')).toMatch(/^HTTP\/1\.1 403 /);
    for (const target of [
      '/static/..%2fsecret/key.txt',
      '/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
      '/static/....//key',
    ])
      expect(await raw(target)).toMatch(/^HTTP\/1\.1 40[04] /);
  });
});

describe('A document root', () => {
  const host = { Host: 'files.example' };

  it('answers what no application has, with the index of a directory', async () => {
    expect((await get('/style.css', host)).body).toBe('body { color: black }');
    expect((await get('/sub/', host)).body).toBe('<p>start</p>');
  });

  it('sends a directory without its slash on to the one with it, on the same host', async () => {
    const { status, headers } = await get('/sub?a=1', host);
    expect({ status, location: headers.location }).toEqual({ status: 301, location: '/sub/?a=1' });
    expect((await get('//other.example/../sub', host)).headers.location).toBe('/sub/');
  });
});

describe('An application', () => {
  it('is mounted below a URL that is not ASCII', async () => {
    const { body } = await get('/%E7%BD%91%E7%AB%99/%C3%A9', { Host: 'files.example' });
    expect(body).toBe('/网站|/é');
  });

  it('is found by a pattern, which covers its SCRIPT_NAME', async () => {
    expect((await get('/m/shop/v2/cart')).body).toBe('/m/shop/v2|/cart');
  });
});
