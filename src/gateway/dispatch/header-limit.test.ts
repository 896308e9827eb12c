import { describe, expect, it } from 'vitest';
import { serve } from '../serving.ts';

/** Sends a header line of as many bytes as the query says; `/pieces` sends the body in pieces. */
const longHeader = `
def application(environ, start_response):
    value = 'x' * (int(environ['QUERY_STRING']) - len('X-Long: '))
    start_response('200 OK', [('Content-Type', 'text/plain'), ('X-Long', value)])
    return iter([b'a', b'b']) if environ['PATH_INFO'] == '/pieces' else [b'ab']
`;
const served = (options: string) =>
  serve(`WSGIDaemonProcess shop threads=1 ${options}\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`, {
    'app.wsgi': longHeader,
  });
const large = { maxHeaderSize: 100_000 };

describe('a line of a response header', () => {
  it.each(['/', '/pieces'])('gives 500 where it does not fit into header-buffer-size: %s', async (path) => {
    await using site = await served('header-buffer-size=8192');
    expect(await site.ask(`${path}?8189`, large)).toMatchObject({ status: 200, body: 'ab' });
    expect((await site.ask(`${path}?8190`, large)).status).toBe(500);
    expect(await site.ask(`${path}?100`, large)).toMatchObject({ status: 200, body: 'ab' });
  });

  it('may have 32765 bytes unless header-buffer-size is set', async () => {
    await using site = await served('');
    expect((await site.ask('/?32765', large)).status).toBe(200);
    expect((await site.ask('/?32766', large)).status).toBe(500);
  });
});
