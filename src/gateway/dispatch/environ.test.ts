import { utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../serving.ts';

const application = `
import json
def application(environ, start_response):
    body = json.dumps({key: value for key, value in environ.items() if isinstance(value, (str, int))}).encode()
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [body]
`;
const both = `WSGIDaemonProcess shop threads=1
WSGIScriptAlias /daemon \${here}/app.wsgi process-group=shop
WSGIScriptAlias / \${here}/app.wsgi\n`;

const environ = async (site: Serving, path: string): Promise<Readonly<Record<string, string | number>>> =>
  JSON.parse((await site.ask(path)).body) as Record<string, string | number>;

describe('the environ of a request', () => {
  it('counts the requests that its process and its thread have done, and numbers the thread', async () => {
    await using site = await serve(both, { 'app.wsgi': application });
    for (const done of [0, 1, 2])
      expect(await environ(site, '/daemon')).toMatchObject({
        'mod_wsgi.thread_id': 1,
        'mod_wsgi.thread_requests': done,
        'mod_wsgi.total_requests': done,
      });
    expect(await environ(site, '/')).toMatchObject({ 'mod_wsgi.thread_id': 1, 'mod_wsgi.total_requests': 0 });
  });

  it('names the request, and says when each station of it was reached, in microseconds', async () => {
    await using site = await serve(both, { 'app.wsgi': application });
    const [first, second, embedded] = [
      await environ(site, '/daemon'),
      await environ(site, '/daemon'),
      await environ(site, '/'),
    ];
    const stations = ['request_start', 'queue_start', 'daemon_start', 'script_start'];
    for (const seen of [first, second]) {
      const times = stations.map((station) => Number(seen[`mod_wsgi.${station}`]));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(String(times[0])).toHaveLength(16);
    }
    expect(first['mod_wsgi.request_id']).not.toBe(second['mod_wsgi.request_id']);
    for (const station of ['queue_start', 'daemon_start']) expect(embedded).not.toHaveProperty(`mod_wsgi.${station}`);
  });

  it('says how often daemon processes have sent the request back', async () => {
    await using site = await serve(both, { 'app.wsgi': application });
    expect(await environ(site, '/daemon')).toMatchObject({ 'mod_wsgi.daemon_restarts': '0' });
    utimesSync(site.file('app.wsgi'), 1, 1);
    expect(await environ(site, '/daemon')).toMatchObject({ 'mod_wsgi.daemon_restarts': '1' });
    expect(await environ(site, '/daemon')).toMatchObject({ 'mod_wsgi.daemon_restarts': '0' });
  });

  it('names the file that the rest of its path would lead to', async () => {
    const configuration = `DocumentRoot /srv/www
ServerAdmin web@master.example
Alias /static /srv/static
${both.replace(' / ', ' /app ')}`;
    await using site = await serve(configuration, { 'app.wsgi': application });
    const seen = await environ(site, '/app/a/b');
    expect(seen).toMatchObject({
      DOCUMENT_ROOT: '/srv/www',
      CONTEXT_DOCUMENT_ROOT: '/srv/www',
      PATH_TRANSLATED: '/srv/www/a/b',
      SERVER_ADMIN: 'web@master.example',
    });
    expect(await environ(site, '/app/static/c')).toMatchObject({ PATH_TRANSLATED: '/srv/static/c' });
    expect(await environ(site, '/app/app/d')).toMatchObject({ PATH_TRANSLATED: `${site.file('app.wsgi')}/d` });
    expect(await environ(site, '/app')).not.toHaveProperty('PATH_TRANSLATED');
  });
});
