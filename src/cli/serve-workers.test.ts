import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { statusSchema } from '../gateway/admin/status.ts';
import { ask, type Served, serveFiles } from './served.ts';

const application = `
def application(environ, start_response):
    if environ['PATH_INFO'] == '/complain':
        print('something is wrong', file=environ['wsgi.errors'])
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'1234']
`;
const workers = (count: number): string => `bind = '127.0.0.1:8000'\nworkers = ${count}\nwsgi_app = 'app'\n`;
const gunicorn = (...args: readonly string[]): Served =>
  serveFiles({ 'gunicorn.conf.py': workers(2), 'app.py': application }, '--port', '8000=0', ...args);
const uwsgi = (...args: readonly string[]): Served =>
  serveFiles(
    {
      'shop.ini': '[uwsgi]\nhttp-socket = 127.0.0.1:8000\nmodule = app\nmaster = true\nprocesses = 2\n',
      'app.py': application,
    },
    '--port',
    '8000=0',
    ...args,
  );
const url = /(http:\/\/127\.0\.0\.1:\d+\/)/;
const ready = /Ctrl-C stops/;

const statusOf = async (served: Served) =>
  v.parse(
    v.strictObject(statusSchema.entries),
    JSON.parse(await ask(`${await served.says(/status page: (http:\S+)/)}status.json`)),
  );

describe('wsgiscope serve of gunicorn and uWSGI', () => {
  it.each([
    ['gunicorn', gunicorn, 'gunicorn 20.1, sync workers'],
    ['uwsgi', uwsgi, 'uWSGI 2.0.21'],
  ] as const)('shows the workers of %s on the status page, and in metrics', async (kind, serve, follows) => {
    await using served = serve('--admin', '0');
    await served.says(ready);
    await ask(await served.says(url));
    const status = await statusOf(served);
    expect(status.server).toMatchObject({ state: 'running', kind, follows });
    expect(status.mounts).toMatchObject([{ port: 8000, processGroup: '', script: served.file('app.py') }]);
    expect(status.groups).toMatchObject([{ name: '', waiting: 0, starts: 2, answered: { '2xx': 1 } }]);
    // A thread is done a little later than its client.
    await expect
      .poll(async () => (await statusOf(served)).groups[0]?.processes.map(({ state, threads }) => [state, threads]))
      .toEqual([
        ['accepting', 1],
        ['accepting', 1],
      ]);
    const [group] = (await statusOf(served)).groups;
    expect(group?.processes.reduce((sum, process) => sum + process.served, 0)).toBe(1);
    const admin = await served.says(/status page: (http:\S+)/);
    const page = await ask(admin);
    expect(page).toContain(`Lives and dies as under ${follows}`);
    expect(page).not.toMatch(/Apache|embedded/);
    const metrics = await ask(`${admin}metrics`);
    expect(metrics).toContain('wsgiscope_requests_total{process_group="(workers)",code="2xx"} 1');
    expect(metrics).toContain('wsgiscope_processes{process_group="(workers)",state="accepting"} 2');
  });

  it('writes each request and what applications complain of, and goes on in new files after SIGUSR1', async () => {
    await using served = gunicorn('--access-log', 'access.log', '--error-log', 'error.log', '--trace', 'trace.ndjson');
    await served.says(ready);
    const base = await served.says(url);
    const access = served.file('access.log');
    await ask(`${base}complain`, { 'User-Agent': 'me' });
    await expect.poll(() => readFileSync(access, 'utf8')).toMatch(/"GET \/complain HTTP\/1\.1" 200 4 "-" "me"\n$/);
    renameSync(access, `${access}.1`);
    served.child.kill('SIGUSR1');
    await expect
      .poll(async () => {
        await ask(`${base}new`);
        return readFileSync(access, { encoding: 'utf8', flag: 'a+' });
      })
      .toContain('GET /new ');
    served.child.kill('SIGTERM');
    expect(await served.ended).toBe(0);
    expect(readFileSync(served.file('error.log'), 'utf8')).toMatch(/\[pid \d+\] something is wrong\n/);
    expect(readFileSync(served.file('error.log'), 'utf8')).not.toContain('mod_wsgi');
    const trace = readFileSync(served.file('trace.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(trace[0]).toMatchObject({ kind: 'header', world: 'gateway' });
    expect(trace.filter(({ kind }) => kind === 'request.accepted').length).toBeGreaterThan(1);
    expect(trace.at(-1)).toMatchObject({ kind: 'process.exited', because: 'server-stop' });
  });

  it('reads the configuration again at SIGHUP, shows what it is then, and goes on as it was after a mistake', async () => {
    await using served = gunicorn('--admin', '0');
    await served.says(ready);
    writeFileSync(served.file('gunicorn.conf.py'), 'workers = 0 / 0\n');
    served.child.kill('SIGHUP');
    await served.says(/(SIGHUP is not obeyed: the server goes on with the configuration that it has)/);
    expect((await statusOf(served)).groups).toMatchObject([{ starts: 2, ends: {} }]);
    writeFileSync(served.file('gunicorn.conf.py'), `${workers(3)}worker_class = 'gthread'\n`);
    served.child.kill('SIGHUP');
    await served.says(/(SIGHUP: the configuration was read again)/);
    await expect
      .poll(async () => (await statusOf(served)).groups, { timeout: 20_000 })
      .toMatchObject([{ starts: 5, ends: { 'server-restart': 2 } }]);
    expect((await statusOf(served)).server.follows).toBe('gunicorn 20.1, gthread workers');
    expect(await ask(await served.says(url))).toBe('1234');
  });

  it('does not read which logs such a configuration names', async () => {
    await using served = gunicorn('--configured-logs');
    expect(await served.ended).toBe(2);
    expect(served.output()).toContain('--configured-logs is only for configurations of Apache');
  });
});
