import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { predict } from '../../../spec/predict.ts';
import { type Serving, serve } from '../serving.ts';
import { AdminServer } from './admin-server.ts';
import { parseMetrics } from './parse-metrics.ts';
import { type Status, statusSchema } from './status.ts';
import { Watch } from './watch.ts';

interface Watched extends AsyncDisposable {
  readonly site: Serving;
  readonly watch: Watch;
  get(
    path: string,
    options?: RequestOptions,
  ): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }>;
  open(path: string): Promise<IncomingMessage>;
  status(): Promise<Status>;
}

/** A gateway with its admin server, and no other audience: requests have no names unless somebody reads the trace. */
async function watched(configuration: string, scripts: Readonly<Record<string, string>>): Promise<Watched> {
  let watch: Watch | undefined;
  const site = await serve(configuration, scripts, (deployment) => {
    watch = new Watch({
      configuration: '<b>site</b>.conf',
      prediction: predict(deployment),
      address: '127.0.0.1',
    });
    return { audience: watch.audience, account: watch.account, onMade: watch.look, observe: undefined as never };
  });
  if (!watch) throw new Error('the gateway was started without its options');
  const seen = watch;
  const admin = await AdminServer.open({ watch: seen, address: '127.0.0.1', port: 0 });
  const { port } = new URL(admin.url);
  const open = async (path: string, options: RequestOptions = {}): Promise<IncomingMessage> => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false, ...options }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response;
  };
  const get: Watched['get'] = async (path, options) => {
    const response = await open(path, options);
    let body = '';
    for await (const block of response.setEncoding('utf8')) body += block;
    return { status: response.statusCode ?? 0, body, headers: response.headers };
  };
  return {
    site,
    watch: seen,
    get,
    open,
    status: async () => v.parse(v.strictObject(statusSchema.entries), JSON.parse((await get('/status.json')).body)),
    [Symbol.asyncDispose]: async () => {
      seen.close();
      await admin.close();
      await site[Symbol.asyncDispose]();
    },
  };
}

const answering = `
def application(environ, start_response):
    if environ['PATH_INFO'] == '/boom':
        raise RuntimeError('boom')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'yes']
`;
const daemon = (options: string): string =>
  `WSGIDaemonProcess shop ${options}\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`;

/** Lines of a stream as they come. */
async function* lines(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const block of response.setEncoding('utf8')) {
    const whole = (rest + block).split('\n');
    rest = whole.pop() ?? '';
    yield* whole;
  }
}

async function nextLines(stream: AsyncGenerator<string>, enough: (line: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const { value, done } = await stream.next();
    if (done) throw new Error(`the stream ended after ${found.length} lines`);
    found.push(value);
    if (enough(value)) return found;
  }
}

describe('an admin server', () => {
  it('shows processes, threads, interpreters and scripts in a form that its schema describes', async () => {
    await using it = await watched(daemon('processes=2 threads=3'), { 'app.wsgi': answering });
    await it.site.ask('/');
    const status = await it.status();
    expect(status.server.state).toBe('running');
    expect(status.listens).toEqual([
      expect.objectContaining({ configured: 8080, real: it.site.gateway.ports.get(8080) }),
    ]);
    expect(status.mounts).toMatchObject([{ url: '/', processGroup: 'shop', applicationGroup: 'localhost:8080|' }]);
    expect(status.groups).toMatchObject([
      { name: 'shop', waiting: 0, starts: 2, replacements: 0, ends: {}, loads: 1, answered: { '2xx': 1, '5xx': 0 } },
    ]);
    const processes = status.groups[0]?.processes ?? [];
    expect(processes.map(({ pid }) => pid).toSorted()).toEqual([...it.site.gateway.pids].toSorted());
    expect(processes.map(({ state, threads, busy }) => ({ state, threads, busy }))).toEqual([
      { state: 'accepting', threads: 3, busy: 0 },
      { state: 'accepting', threads: 3, busy: 0 },
    ]);
    expect(processes.find(({ served }) => served === 1)?.interpreters).toMatchObject([
      {
        applicationGroup: 'localhost:8080|',
        scripts: [{ script: it.site.file('app.wsgi'), state: 'loaded', executions: 1 }],
      },
    ]);
  });

  it('shows a request inside its thread, and a process with no free thread as saturated', async () => {
    const held = `
import os
def application(environ, start_response):
    with open(os.path.join(os.path.dirname(__file__), 'gate')) as gate:
        gate.read()
    start_response('200 OK', [])
    return []
`;
    const { execFileSync } = await import('node:child_process');
    const { open } = await import('node:fs/promises');
    await using it = await watched(daemon('threads=1'), { 'app.wsgi': held });
    execFileSync('mkfifo', [it.site.file('gate')]);
    const asked = it.site.ask('/');
    // Opens when the application has opened the other end: then the request is inside.
    const gate = await open(it.site.file('gate'), 'w');
    const status = await it.status();
    expect(status.requests).toMatchObject({ inFlight: 1, total: 0 });
    expect(status.groups[0]?.processes).toMatchObject([{ state: 'saturated', busy: 1, threads: 1 }]);
    await gate.close();
    await asked;
    expect((await it.status()).requests).toMatchObject({ inFlight: 0, total: 1 });
  });

  it('tells why each former process ended, and how, the latest first', async () => {
    await using it = await watched(daemon('threads=1 maximum-requests=2'), { 'app.wsgi': answering });
    for (let n = 0; n < 3; n++) await it.site.ask('/'); // The third one waits for the second process.
    const [victim = 0] = it.site.gateway.pids;
    process.kill(victim, 'SIGKILL');
    await it.site.ask('/'); // Answered by the third process, or 500 by the second's end.
    while ((await it.status()).former.length < 2); // Each answer is another look.
    const status = await it.status();
    expect(status.former).toMatchObject([
      { id: 'shop#2', pid: victim, because: 'signal', exit: { kind: 'killed', by: 'SIGKILL' }, wasReady: true },
      { id: 'shop#1', because: 'maximum-requests', exit: { kind: 'returned', code: 0 }, served: 2 },
    ]);
    expect(status.groups[0]?.ends).toEqual({ 'maximum-requests': 1, signal: 1 });
    const page = await it.get('/');
    expect(page.body).toContain('killed by SIGKILL');
    expect(page.body).toContain('it had handled as many requests as it may');
  });

  it('writes every name into its page as text, whatever the name', async () => {
    const alias = `WSGIScriptAlias / "\${here}/app.wsgi" application-group="<i>&'x"\n`;
    await using it = await watched(alias, { 'app.wsgi': 'raise ValueError("<script>alert(1)</script>")' });
    expect((await it.site.ask('/')).status).toBe(500);
    const { body, headers } = await it.get('/');
    expect(body).toContain('&#60;b&#62;site&#60;/b&#62;.conf');
    expect(body).toContain('&#60;i&#62;&#38;&#39;x');
    expect(body).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(body).not.toMatch(/<b>site|<i>&|<script>alert/);
    expect(body).not.toMatch(/(?:src|href)="(?:https?:)?\/\/(?!127\.0\.0\.1:)/);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'sha256-/);
  });

  it('gives Prometheus what it counts', async () => {
    await using it = await watched(daemon('processes=1 threads=2'), { 'app.wsgi': answering });
    for (const path of ['/', '/', '/boom']) await it.site.ask(path);
    const { body, headers } = await it.get('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const metrics = parseMetrics(body);
    const value = (name: string, labels: Record<string, string>): number | undefined =>
      metrics.samples.find((sample) => sample.name === name && JSON.stringify(sample.labels) === JSON.stringify(labels))
        ?.value;
    const shop = { process_group: 'shop' };
    expect(value('wsgiscope_requests_total', { ...shop, code: '2xx' })).toBe(2);
    expect(value('wsgiscope_requests_total', { ...shop, code: '5xx' })).toBe(1);
    expect(value('wsgiscope_threads', shop)).toBe(2);
    expect(value('wsgiscope_threads_busy', shop)).toBe(0);
    expect(value('wsgiscope_processes', { ...shop, state: 'accepting' })).toBe(1);
    expect(value('wsgiscope_process_starts_total', shop)).toBe(1);
    expect(value('wsgiscope_script_loads_total', shop)).toBe(1);
    expect(value('wsgiscope_request_duration_seconds_count', shop)).toBe(3);
    expect(value('wsgiscope_request_duration_seconds_bucket', { ...shop, le: '+Inf' })).toBe(3);
  });

  it('tells the trace as it happens, each line an event, and gives requests names only meanwhile', async () => {
    await using it = await watched(daemon('threads=1 maximum-requests=1'), { 'app.wsgi': answering });
    expect(it.watch.audience.hearsRequests).toBe(false);
    const response = await it.open('/trace');
    const stream = lines(response);
    const [header = ''] = await nextLines(stream, () => true);
    expect(JSON.parse(header)).toMatchObject({ kind: 'header', version: 1, world: 'gateway' });
    expect(it.watch.audience.hearsRequests).toBe(true);
    await it.site.ask('/');
    const events = (await nextLines(stream, (line) => line.includes('process.ready'))).map((line) => JSON.parse(line));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining([
        'request.accepted',
        'application.loaded',
        'process.stopping',
        'process.exited',
        'process.spawned',
        'process.ready',
      ]),
    );
    response.destroy();
    await expect.poll(() => it.watch.audience.hearsRequests).toBe(false);
  });

  it('lets a reader of the trace go who does not read', async () => {
    await using it = await watched(daemon('threads=1'), { 'app.wsgi': answering });
    const response = await it.open('/trace');
    const [header] = (await once(response, 'data')) as [Buffer];
    expect(header.toString()).toContain('"header"');
    response.on('error', () => {}).pause(); // It is cut off.
    const gone = new Promise((resolve) => response.once('close', resolve));
    const error = `${'long '.repeat(20_000)}\n`;
    for (let told = 0; it.watch.audience.hearsRequests && told < 10_000; told++) {
      it.watch.audience.tellLifecycle({
        kind: 'application.failed',
        process: 'shop#1' as never,
        applicationGroup: '',
        script: 'x',
        error,
      });
      if (told % 50 === 0) await new Promise(setImmediate);
    }
    expect(it.watch.audience.hearsRequests).toBe(false);
    response.resume();
    await gone;
    expect((await it.get('/status.json')).status).toBe(200);
  });

  it('follows the gateway in events that hold the main part of the page', async () => {
    await using it = await watched(daemon('threads=1'), { 'app.wsgi': answering });
    const response = await it.open('/live');
    expect(response.headers['content-type']).toMatch(/^text\/event-stream/);
    const [event = ''] = await nextLines(lines(response), () => true);
    expect(JSON.parse(event.replace(/^data: /, ''))).toContain('shop#1');
    response.destroy();
  });

  it('answers no foreign name, no other method and no other path', async () => {
    await using it = await watched(daemon('threads=1'), { 'app.wsgi': answering });
    expect((await it.get('/', { headers: { host: 'attacker.example:80' } })).status).toBe(421);
    expect((await it.get('/', { headers: { host: 'localhost:1' } })).status).toBe(200);
    expect((await it.get('/', { headers: { host: '[::1]:1' } })).status).toBe(200);
    const posted = await it.get('/', { method: 'POST' });
    expect(posted.status).toBe(405);
    expect(posted.headers.allow).toBe('GET, HEAD');
    expect(await it.get('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect((await it.get('/constructor')).status).toBe(404);
  });
});
