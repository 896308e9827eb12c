import { describe, expect, it } from 'vitest';
import { serve } from '../serving.ts';

/** Answers with the method and the body that it was given. */
const echo = `
def application(environ, start_response):
    body = environ['wsgi.input'].read()
    start_response('200 OK', [('Content-Type', 'text/plain'), ('X-Method', environ['REQUEST_METHOD'])])
    return [environ['REQUEST_METHOD'].encode() + b' ' + body]
`;
const mounts = `WSGIDaemonProcess shop threads=1
WSGIScriptAlias /daemon \${here}/app.wsgi process-group=shop
WSGIScriptAlias / \${here}/app.wsgi\n`;
const inChunks = { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } };

describe('WSGIChunkedRequest', () => {
  it('is Off: a body whose length is not announced is answered 411, and one with a length is read', async () => {
    await using site = await serve(mounts, { 'app.wsgi': echo });
    for (const path of ['/', '/daemon']) {
      expect(await site.ask(path, inChunks, 'abc')).toMatchObject({ status: 411, headers: { connection: 'close' } });
      expect((await site.ask(path, { method: 'POST' }, 'abc')).body).toBe('POST abc');
    }
    expect(site.log.join('\n')).toContain('WSGIChunkedRequest is not On');
  });

  it('lets such bodies in where it is On, and only there', async () => {
    const where = `${mounts}<Location /daemon>\nWSGIChunkedRequest On\n</Location>\n`;
    await using site = await serve(where, { 'app.wsgi': echo });
    expect((await site.ask('/daemon', inChunks, 'abc')).body).toBe('POST abc');
    expect((await site.ask('/', inChunks, 'abc')).status).toBe(411);
  });
});

describe('WSGIMapHEADToGET', () => {
  it.each([
    ['', 'HEAD'],
    ['WSGIMapHEADToGET Auto\n', 'HEAD'],
    ['WSGIMapHEADToGET Off\n', 'HEAD'],
    ['WSGIMapHEADToGET On\n', 'GET'],
  ])('%j shows an application %s where the client asks HEAD, which gets no body', async (written, method) => {
    await using site = await serve(written + mounts, { 'app.wsgi': echo });
    for (const path of ['/', '/daemon']) {
      expect(await site.ask(path, { method: 'HEAD' })).toMatchObject({ body: '', headers: { 'x-method': method } });
      expect((await site.ask(path, { method: 'DELETE' })).body).toBe('DELETE ');
    }
  });
});
