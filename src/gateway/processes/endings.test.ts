/** How real processes and interpreters end. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setInterval } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type EventOf, eventsOf, type HappeningKind, type TraceEvent } from '../../../spec/trace.ts';
import { type Serving, serve, suspend } from '../serving.ts';

const group = (options: string): string => `WSGIDaemonProcess shop ${options}\n`;
/** The same script in a sub-interpreter and in the main one. */
const twice = `
WSGIScriptAlias /main \${here}/app.wsgi process-group=shop application-group=%{GLOBAL}
WSGIScriptAlias / \${here}/app.wsgi process-group=shop application-group=sub
`;

/** Writes a line to the file `ended` beside the script for each thing that is called at the end. */
const noting = `
import atexit, os, sys, threading
import mod_wsgi
name = mod_wsgi.application_group or 'main'
def note(text):
    with open(os.path.join(os.path.dirname(__file__), 'ended'), 'a') as file:
        file.write('%s: %s\\n' % (name, text))
def application(environ, start_response):
    exec(environ['QUERY_STRING'].replace('%20', ' ').replace('%22', '"'), globals())
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'']
`;
const noted = (site: Serving): readonly string[] => readFileSync(site.file('ended'), 'utf8').trimEnd().split('\n');
const run = (site: Serving, path: string, code: string) =>
  site.ask(`${path}?${code.replaceAll(' ', '%20').replaceAll('"', '%22')}`);
const exits = (site: Serving) => eventsOf(site.recorder.trace, 'process.exited');

const is =
  <K extends HappeningKind>(kind: K, process?: string) =>
  (event: TraceEvent): event is EventOf<K> =>
    event.kind === kind && (process === undefined || ('process' in event && event.process === process));

describe('the interpreters of a process that ends in order', () => {
  it('call their exit handlers, the main interpreter last', async () => {
    await using site = await serve(group('threads=2') + twice, { 'app.wsgi': noting });
    await run(site, '/main', 'atexit.register(note, "exit")');
    await run(site, '/', 'atexit.register(note, "exit")');
    await site.gateway.stop();
    expect(noted(site)).toEqual(['sub: exit', 'main: exit']);
    const destroyed = eventsOf(site.recorder.trace, 'interpreter.destroyed');
    expect(destroyed.map(({ applicationGroup }) => applicationGroup)).toEqual(['sub', '']);
  });

  it('wait for threads of the application before, and end its thread pools', async () => {
    await using site = await serve(group('threads=1') + twice, { 'app.wsgi': noting });
    const code =
      'event=threading.Event(); threading.Thread(target=lambda:(event.wait(), note("thread")), daemon=False).start(); mod_wsgi.subscribe_shutdown(lambda name, **more: event.set()); atexit.register(note, "exit")';
    for (const path of ['/', '/main']) await run(site, path, code);
    await run(
      site,
      '/',
      'import concurrent.futures; pool=concurrent.futures.ThreadPoolExecutor(); pool.submit(note, "pool").result()',
    );
    await site.gateway.stop();
    expect(noted(site).filter((line) => line.startsWith('sub'))).toEqual(['sub: pool', 'sub: thread', 'sub: exit']);
    expect(noted(site).filter((line) => line.startsWith('main'))).toEqual(['main: thread', 'main: exit']);
    expect(exits(site).map(({ exit }) => exit)).toEqual([{ kind: 'returned', code: 0 }]);
  });

  it('hear of the end while a request is still inside', async () => {
    await using site = await serve(group('threads=2') + twice, { 'app.wsgi': noting });
    await run(
      site,
      '/',
      'event=threading.Event(); mod_wsgi.subscribe_shutdown(lambda name, **more: (note(name), event.set())); mod_wsgi.subscribe_events(lambda name, **more: note(more))',
    );
    const inside = run(site, '/', 'os.kill(os.getpid(), 10); event.wait()');
    await site.recorder.when(is('process.draining', 'shop#1'));
    for (const pid of site.gateway.pids) process.kill(pid, 'SIGTERM');
    expect((await inside).status).toBe(200);
    await site.gateway.stop();
    expect(noted(site)).toEqual(["sub: {'shutdown_reason': 'graceful_signal'}", 'sub: process_stopping']);
  });

  it('call no exit handler and wait for no thread where they are not to be destroyed', async () => {
    await using site = await serve(`WSGIDestroyInterpreter Off\n${group('threads=1')}${twice}`, { 'app.wsgi': noting });
    const code =
      'threading.Thread(target=threading.Event().wait, daemon=False).start(); mod_wsgi.subscribe_shutdown(lambda name, **more: note(name)); atexit.register(note, "exit")';
    for (const path of ['/', '/main']) await run(site, path, code);
    await site.gateway.stop();
    expect([...noted(site)].sort()).toEqual(['main: process_stopping', 'sub: process_stopping']);
    expect(exits(site).map(({ exit }) => exit)).toEqual([{ kind: 'returned', code: 0 }]);
  });

  it('go on to the end when a handler raises', async () => {
    await using site = await serve(group('threads=1') + twice, { 'app.wsgi': noting });
    await run(
      site,
      '/',
      'atexit.register(note, "last"); atexit.register(sys.exit, 3); atexit.register(lambda: 1/0); mod_wsgi.subscribe_shutdown(lambda name, **more: 1/0)',
    );
    await site.gateway.stop();
    expect(noted(site)).toEqual(['sub: last']);
    expect(site.log.filter((line) => line.includes('ZeroDivisionError'))).toHaveLength(2);
  });
});

describe('a process that does not end by itself', () => {
  const stubborn = {
    'a request that goes on for ever': 'event=threading.Event(); os.kill(os.getpid(), 15); event.wait()',
    'a thread that goes on for ever':
      'event=threading.Event(); threading.Thread(target=event.wait, daemon=False).start(); os.kill(os.getpid(), 15)',
    'an exit handler that goes on for ever':
      'event=threading.Event(); atexit.register(event.wait); os.kill(os.getpid(), 15)',
    'a callback that goes on for ever':
      'event=threading.Event(); mod_wsgi.subscribe_shutdown(lambda name, **more: event.wait()); os.kill(os.getpid(), 15)',
  };
  it.each(Object.entries(stubborn))(
    'because of %s is killed after its shutdown-timeout and replaced',
    async (_, code) => {
      await using site = await serve(group('threads=1 shutdown-timeout=1') + twice, { 'app.wsgi': noting });
      run(site, '/', code).catch(() => {});
      const exited = await site.recorder.when(is('process.exited', 'shop#1'));
      expect(exited).toMatchObject({ because: 'signal', exit: { kind: 'killed', by: 'SIGKILL' } });
      expect((await site.ask('/')).status).toBe(200);
      const stopping = site.recorder.trace.find(is('process.stopping', 'shop#1'));
      expect(exited.at - (stopping?.at ?? 0)).toBeGreaterThanOrEqual(1000);
    },
  );

  it('because it was stopped by SIGSTOP is killed when the server ends', async () => {
    await using site = await serve(group('threads=1') + twice, { 'app.wsgi': noting });
    await site.ask('/');
    for (const pid of site.gateway.pids) await suspend(pid);
    await site.gateway.stop();
    expect(exits(site)).toMatchObject([{ because: 'server-stop', exit: { kind: 'killed', by: 'SIGKILL' } }]);
  });
});

describe('a crash', () => {
  const deaths = {
    'its own exit': 'os._exit(3)',
    SIGKILL: 'import signal; signal.raise_signal(9)',
    SIGSEGV: 'import signal; signal.raise_signal(11)',
  };
  const whys = { 'its own exit': 'crash', SIGKILL: 'signal', SIGSEGV: 'crash' };

  it.each(['its own exit', 'SIGKILL', 'SIGSEGV'] as const)(
    'by %s while serving leads to a clean replacement',
    async (death) => {
      await using site = await serve(group('threads=1') + twice, { 'app.wsgi': noting });
      expect((await run(site, '/', deaths[death])).status).toBe(500);
      const exited = await site.recorder.when(is('process.exited', 'shop#1'));
      expect(exited.because).toBe(whys[death]);
      expect((await site.ask('/')).status).toBe(200);
    },
  );

  it.each(['its own exit', 'SIGKILL', 'SIGSEGV'] as const)(
    'by %s during the graceful wait or the end leaves the reason for which it was to end',
    async (death) => {
      await using site = await serve(group('threads=2') + twice, { 'app.wsgi': noting });
      const dying = run(
        site,
        '/',
        `os.kill(os.getpid(), 10); import time; list(iter(lambda: time.sleep(0.01) or os.path.exists("${site.file('go')}"), True)); ${deaths[death]}`,
      );
      await site.recorder.when(is('process.draining', 'shop#1'));
      writeFileSync(site.file('go'), '');
      await dying;
      await site.recorder.when(is('process.exited', 'shop#1'));
      await run(site, '/', `atexit.register(lambda: exec("${deaths[death]}")); os.kill(os.getpid(), 15)`);
      await site.recorder.when(is('process.exited', 'shop#2'));
      expect(exits(site).map(({ because }) => because)).toEqual(['signal', 'signal']);
      expect((await site.ask('/')).status).toBe(200);
    },
  );

  it('while a process starts is tried again later and later, and the log says when', async () => {
    const flaky = `
import os
here = os.path.dirname(__file__)
tries = len(os.listdir(here))
open(os.path.join(here, 'try%d' % tries), 'w').close()
if tries < 5: os.kill(os.getpid(), 9 if tries % 2 else 11)
def application(environ, start_response):
    start_response('200 OK', [])
    return [b'']
`;
    await using site = await serve(
      `${group('threads=1')}WSGIScriptAlias / \${here}/app.wsgi process-group=shop application-group=sub\n`,
      { 'app.wsgi': flaky },
    );
    expect((await site.ask('/')).status).toBe(200);
    const tried = site.recorder.trace.filter(is('process.spawned')).map(({ at }) => at);
    expect(tried).toHaveLength(5);
    const gone = exits(site).map(({ at }) => at);
    for (const [index, wait] of [200, 400, 800, 1600].entries())
      expect((tried[index + 1] ?? 0) - (gone[index] ?? 0)).toBeGreaterThanOrEqual(wait - 5);
    expect(site.log.filter((line) => line.startsWith('gateway: process group'))).toEqual([
      'gateway: process group shop: shop#1 ended before it was ready; the next is started in 0.2 s',
      'gateway: process group shop: shop#2 ended before it was ready, 2 in a row; the next is started in 0.4 s',
      'gateway: process group shop: shop#3 ended before it was ready, 3 in a row; the next is started in 0.8 s',
      // Where mod_wsgi would wait no longer than a second.
      'gateway: process group shop: shop#4 ended before it was ready, 4 in a row; the next is started in 1.6 s',
    ]);
  });

  it('of many processes leaves no descriptor and no zombie', async () => {
    await using site = await serve(group('processes=2 threads=2') + twice, { 'app.wsgi': noting });
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const warm = async () => {
      for (const path of ['/', '/main', '/', '/main']) await run(site, path, 'pass');
    };
    await warm();
    const before = descriptors();
    for (let number = 1; number <= 6; number++) {
      await run(site, '/', number % 2 ? deaths.SIGKILL : deaths['its own exit']);
      await site.recorder.when((event): event is TraceEvent => is('process.ready', `shop#${number + 2}`)(event));
    }
    await warm();
    expect(descriptors() - before).toBeLessThanOrEqual(2);
    const own = site.recorder.trace.filter(is('process.spawned')).map(({ pid }) => pid);
    const left = own.filter((pid) => readdirSync('/proc').includes(String(pid)));
    expect(left).toHaveLength(2);
  });
});

describe('a request that a process took', () => {
  it('is lost with the process although its interpreter was not there yet', async () => {
    const configuration = group('threads=1') + twice;
    await using site = await serve(configuration, { 'app.wsgi': noting });
    const spawned = eventsOf(site.recorder.trace, 'process.spawned').find(({ process }) => process === 'shop#1');
    // It makes no interpreter any more, and hears no order to end.
    await suspend(spawned?.pid ?? 0);
    const inside = run(site, '/', 'pass');
    await site.recorder.when(is('request.accepted'));
    await site.restart('SIGUSR1', configuration);
    expect((await inside).status).toBe(500);
    expect((await run(site, '/', 'pass')).status).toBe(200);
  });
});

describe('a child that is sent SIGTERM', () => {
  it.each([
    ['prefork', 2],
    ['worker', 1],
    ['event', 1],
  ] as const)('leaves under prefork and stays under every other MPM: %s', async (mpm, lives) => {
    const text = `
import os
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(os.getpid()).encode()]
`;
    await using site = await serve(`WSGIScriptAlias / \${here}/app.wsgi\n`, { 'app.wsgi': text }, {}, '4.9', mpm);
    const first = Number((await site.ask('/')).body);
    process.kill(first, 'SIGTERM');
    if (mpm === 'prefork') await site.recorder.when(is('process.exited'));
    const pids = new Set([first]);
    for (const _ of [1, 2, 3]) pids.add(Number((await site.ask('/')).body));
    expect(pids.size).toBe(lives);
  });
});

describe('a process without request threads', () => {
  const service = (script: string) =>
    serve(
      `${group('threads=0')}WSGIImportScript \${here}/work.wsgi process-group=shop application-group=%{GLOBAL}\nWSGIScriptAlias / \${here}/work.wsgi process-group=shop\n`,
      {
        'work.wsgi': `
import atexit, os, threading, time
def note(text):
    with open(os.path.join(os.path.dirname(__file__), 'ended'), 'a') as file:
        file.write(text + '\\n')
atexit.register(note, 'exit')
${script}`,
      },
    );

  it('runs its import script on the main thread until SIGTERM, which the script sees as SystemExit', async () => {
    await using site = await service(`
try:
    note(str(threading.current_thread() is threading.main_thread()))
    threading.Event().wait()
except SystemExit:
    note('asked to end')
    raise
`);
    // The process is ready before its script begins.
    for await (const _ of setInterval(5)) if (existsSync(site.file('ended')) && noted(site)[0] === 'True') break;
    await site.gateway.stop();
    expect(noted(site)).toEqual(['True', 'asked to end', 'exit']);
    expect(exits(site)).toMatchObject([{ because: 'server-stop', exit: { kind: 'returned', code: 0 } }]);
  });

  it('ends when its script returns, and is started again', async () => {
    await using site = await service("note('ran')");
    await site.recorder.when(is('process.spawned', 'shop#2'));
    expect(exits(site)[0]).toMatchObject({ because: 'scripts-returned', exit: { kind: 'returned', code: 0 } });
    expect(noted(site).slice(0, 2)).toEqual(['ran', 'exit']);
  });
});

describe('SIGHUP and SIGUSR2', () => {
  it('from mod_wsgi 6 on are handed to the applications of every interpreter, and end nothing', async () => {
    await using site = await serve(group('threads=2') + twice, { 'app.wsgi': noting }, {}, '6');
    const subscribe =
      'calls=threading.Semaphore(0); mod_wsgi.subscribe_signals(lambda name, **more: (note(name+" "+more["signame"]), calls.release()))';
    for (const path of ['/', '/main']) await run(site, path, subscribe);
    const spawned = eventsOf(site.recorder.trace, 'process.spawned').find(
      ({ processGroup }) => processGroup === 'shop',
    );
    for (const signal of ['SIGHUP', 'SIGUSR2'] as const) {
      process.kill(spawned?.pid ?? 0, signal);
      for (const path of ['/', '/main']) await run(site, path, 'calls.acquire()');
    }
    expect(noted(site)).toEqual([
      'sub: process_signal SIGHUP',
      'main: process_signal SIGHUP',
      'sub: process_signal SIGUSR2',
      'main: process_signal SIGUSR2',
    ]);
    expect(exits(site)).toEqual([]);
  });

  it('before mod_wsgi 6 end the process, which is replaced; SIGHUP only one that began with the server', async () => {
    await using site = await serve(group('threads=1') + twice, { 'app.wsgi': noting });
    const pidOf = (process: string) =>
      eventsOf(site.recorder.trace, 'process.spawned').find((event) => event.process === process)?.pid ?? 0;
    await run(site, '/', 'pass');
    process.kill(pidOf('shop#1'), 'SIGHUP');
    const first = await site.recorder.when(is('process.exited', 'shop#1'));
    expect(first.exit).toEqual({ kind: 'killed', by: 'SIGHUP' });
    expect((await run(site, '/', 'pass')).status).toBe(200);
    process.kill(pidOf('shop#2'), 'SIGHUP');
    process.kill(pidOf('shop#2'), 'SIGUSR2');
    const second = await site.recorder.when(is('process.exited', 'shop#2'));
    expect(second.exit).toEqual({ kind: 'killed', by: 'SIGUSR2' });
    expect((await run(site, '/', 'pass')).status).toBe(200);
  });
});
