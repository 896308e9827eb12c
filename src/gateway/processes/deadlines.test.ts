import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ModWsgiRelease } from '../../../spec/deployments/apache.ts';
import { type Ending, type EventOf, eventsOf, type TraceEvent } from '../../../spec/trace.ts';
import { type Serving, serve } from '../serving.ts';

/** Answers with its process id, after it has done what its query string says. */
const obeying = `
import os, time
def application(environ, start_response):
    exec(environ['QUERY_STRING'].replace('%20', ' '))
    start_response('200 OK', [])
    return [str(os.getpid()).encode()]
`;
const waitForEver = '/?time.sleep(3600)';
const group = (options: string): string =>
  `WSGIDaemonProcess shop ${options}\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`;
const shop = (options: string, script = obeying, release: ModWsgiRelease = '4.9'): Promise<Serving> =>
  serve(group(options), { 'app.wsgi': script }, {}, release);

const exited = ({ recorder }: Serving): Promise<EventOf<'process.exited'>> =>
  recorder.when((event: TraceEvent): event is EventOf<'process.exited'> => event.kind === 'process.exited');
const accepted = ({ recorder }: Serving): Promise<EventOf<'request.accepted'>> =>
  recorder.when((event: TraceEvent): event is EventOf<'request.accepted'> => event.kind === 'request.accepted');
const becauses = ({ recorder }: Serving): readonly Ending[] =>
  eventsOf(recorder.trace, 'process.exited').map(({ because }) => because);

/** Ends for this reason, with mod_wsgi's word for it in the log, and another process serves. */
async function isReplaced(site: Serving, because: Ending, line: string): Promise<EventOf<'process.exited'>> {
  const end = await exited(site);
  expect(end.because).toBe(because);
  expect(site.log.join('\n')).toContain(line);
  const spawned = eventsOf(site.recorder.trace, 'process.spawned').find(({ process }) => process === end.process);
  const reply = await site.ask('/');
  expect(reply.status).toBe(200);
  expect(Number(reply.body)).not.toBe(spawned?.pid);
  return end;
}

describe('inactivity-timeout', () => {
  it('ends a process that had a request and then none, and not the one that never had any', async () => {
    await using site = await shop('processes=2 threads=2 inactivity-timeout=1');
    await site.ask('/');
    const end = await isReplaced(
      site,
      'inactivity-timeout',
      "Daemon process idle inactivity timer expired, stopping process 'shop'.",
    );
    const taker = eventsOf(site.recorder.trace, 'request.accepted')[0];
    expect(end.process).toBe(taker?.process);
    expect(end.at - (taker?.at ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it('leaves a process alone while a request is in progress', async () => {
    await using site = await shop('threads=1 inactivity-timeout=1');
    const reply = await site.ask('/?time.sleep(3)');
    expect(reply.status).toBe(200);
    expect(becauses(site)).toEqual([]);
    expect((await exited(site)).because).toBe('inactivity-timeout');
  });
});

describe('request-timeout', () => {
  it('before mod_wsgi 6 ends the process, and the request that took too long is lost with it', async () => {
    await using site = await shop('threads=1 request-timeout=1 shutdown-timeout=1');
    const stuck = await site.ask(waitForEver);
    expect(stuck.status).toBe(500);
    await isReplaced(site, 'request-timeout', "Daemon process request time limit exceeded, stopping process 'shop'.");
  });

  it('before mod_wsgi 6 gives one request among idle threads as much longer as there are threads', async () => {
    await using site = await shop('threads=3 request-timeout=1 shutdown-timeout=1');
    const stuck = site.ask(waitForEver);
    const { at } = await accepted(site);
    expect((await stuck).status).toBe(500);
    expect((await exited(site)).at - at).toBeGreaterThanOrEqual(3000);
  });

  it('from mod_wsgi 6 on judges a request alone, and later the more threads there are', async () => {
    const options = 'threads=2 request-timeout=2 shutdown-timeout=1 graceful-timeout=30';
    await using site = await shop(options, obeying, '6');
    const stuck = site.ask(waitForEver);
    const { at } = await accepted(site);
    expect((await stuck).status).toBe(502);
    expect((await exited(site)).at - at).toBeGreaterThanOrEqual(2000 * (1 + Math.log(2)) - 1);
  });
});

describe('interrupt-timeout', () => {
  const runOn = '/?while%20True:%20time.sleep(0.01)';
  const interrupting = (more = ''): string =>
    `threads=2 request-timeout=1 interrupt-timeout=2 shutdown-timeout=1 ${more}`;

  it('ends the request that takes too long with 504, and leaves its process and its neighbour alone', async () => {
    await using site = await shop(interrupting(), obeying, '6');
    const before = (await site.ask('/')).body;
    const since = performance.now();
    const stuck = site.ask(runOn);
    const neighbour = site.ask('/?time.sleep(1)');
    expect((await stuck).status).toBe(504);
    expect(performance.now() - since).toBeGreaterThanOrEqual(1000 * (1 + Math.log(2)));
    expect(await neighbour).toMatchObject({ status: 200, body: before });
    expect(await site.ask('/')).toMatchObject({ status: 200, body: before });
    expect(site.log.join('\n')).toContain('Request interrupted by RequestTimeout; thread recovered.');
    expect(becauses(site)).toEqual([]);
  });

  it('reaches into the main interpreter as well, and lets the application clean up', async () => {
    await using site = await serve(
      `${group(interrupting())}WSGIApplicationGroup %{GLOBAL}\n`,
      {
        'app.wsgi': `
import mod_wsgi, time
seen = []
def application(environ, start_response):
    if environ['PATH_INFO'] == '/seen':
        start_response('200 OK', [])
        return [repr(seen).encode()]
    try:
        while True:
            try:
                time.sleep(0.01)
            except Exception as error:
                seen.append('an Exception')
    except mod_wsgi.RequestTimeout as error:
        seen.append(type(error).__name__)
        raise
`,
      },
      {},
      '6',
    );
    expect((await site.ask('/')).status).toBe(504);
    expect((await site.ask('/seen')).body).toBe("['RequestTimeout']");
  });

  it('truncates what has begun', async () => {
    await using site = await shop(
      interrupting(),
      `
import time
def application(environ, start_response):
    start_response('200 OK', [])
    yield b'a piece'
    while True:
        time.sleep(0.01)
`,
      '6',
    );
    await expect(site.ask('/')).rejects.toThrow();
    expect(becauses(site)).toEqual([]);
  });

  it('is in vain where Python does not come to run, and the process then ends', async () => {
    await using site = await shop(interrupting(), obeying, '6');
    const stuck = site.ask(waitForEver);
    const { at } = await accepted(site);
    expect((await stuck).status).toBe(502);
    expect((await exited(site)).at - at).toBeGreaterThanOrEqual(1000 * (1 + Math.log(2)) + 2000 - 2);
    expect(becauses(site)).toEqual(['request-timeout']);
  });

  it('is as if it were not there before mod_wsgi 6', async () => {
    await using site = await serve(group('threads=1 request-timeout=1 shutdown-timeout=1'), { 'app.wsgi': obeying });
    expect((await site.ask(runOn)).status).toBe(500);
    expect((await exited(site)).because).toBe('request-timeout');
  });
});

describe('startup-timeout', () => {
  it('ends a process in which no script loads, and a new one tries again', async () => {
    await using site = await shop('threads=1 startup-timeout=1', 'raise RuntimeError("not today")\n');
    expect((await site.ask('/')).status).toBe(500);
    expect((await site.ask('/')).status).toBe(500);
    writeFileSync(site.file('app.wsgi'), obeying);
    await isReplaced(site, 'startup-timeout', "Application startup timer expired, stopping process 'shop'.");
  });

  it('is called off by the first script that loads', async () => {
    await using site = await shop('threads=1 startup-timeout=1 inactivity-timeout=3');
    await site.ask('/');
    expect((await exited(site)).because).toBe('inactivity-timeout');
  });
});

describe('deadlock-timeout', () => {
  it('ends a process in which one thread keeps the global lock, from outside', async () => {
    await using site = await shop('threads=2 deadlock-timeout=2 shutdown-timeout=1');
    const stuck = await site.ask('/?import%20ctypes;ctypes.PyDLL(None).sleep(3600)');
    expect(stuck.status).toBe(500);
    const end = await isReplaced(
      site,
      'deadlock-timeout',
      "Daemon process deadlock timer expired, stopping process 'shop'.",
    );
    expect(end.exit).toEqual({ kind: 'killed', by: 'SIGKILL' });
  });

  it('leaves a process alone that is only busy', async () => {
    await using site = await shop('threads=1 deadlock-timeout=3');
    const busy = 'end%20=%20time.monotonic()%20+%205%0Awhile%20time.monotonic()%20<%20end:%20pass';
    const script = obeying.replace("replace('%20', ' ')", "replace('%20', ' ').replace('%0A', '\\n')");
    writeFileSync(site.file('app.wsgi'), script);
    expect((await site.ask(`/?${busy}`)).status).toBe(200);
    expect(becauses(site)).toEqual([]);
  });
});

describe('cpu-time-limit', () => {
  it('lets the request that used up the time finish, then the process goes', async () => {
    const burning = `
import os, resource, time
def application(environ, start_response):
    limit, hard = resource.getrlimit(resource.RLIMIT_CPU)
    while environ['QUERY_STRING'] and time.process_time() < limit + 0.1: pass
    start_response('200 OK', [])
    return [('%d %d' % (limit, hard) if environ['QUERY_STRING'] else str(os.getpid())).encode()]
`;
    await using site = await shop('threads=2 cpu-time-limit=1 shutdown-timeout=2', burning);
    expect(await site.ask('/?burn')).toMatchObject({ status: 200, body: '1 4' });
    await isReplaced(site, 'cpu-time-limit', "Exceeded CPU time limit, waiting for requests to complete 'shop'.");
  });
});

describe('restart-interval', () => {
  it('ends a process after that time, whether it had a request or not', async () => {
    await using site = await shop('threads=1 restart-interval=1');
    const end = await isReplaced(
      site,
      'restart-interval',
      "Application restart timer expired, stopping process 'shop'.",
    );
    const ready = eventsOf(site.recorder.trace, 'process.ready').find(({ process }) => process === end.process);
    expect(end.at - (ready?.at ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it('waits for the request in progress', async () => {
    await using site = await shop('threads=1 restart-interval=1');
    expect((await site.ask('/?time.sleep(2)')).status).toBe(200);
    await isReplaced(
      site,
      'restart-interval',
      "Application restart timer expired, waiting for requests to complete 'shop'.",
    );
  });
});
