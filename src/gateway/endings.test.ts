/** How real processes and interpreters end. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../spec/trace.ts';
import { type Serving, serve } from './serving.ts';

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
      'event=threading.Event(); threading.Thread(target=lambda:(event.wait(), note("thread"))).start(); mod_wsgi.subscribe_shutdown(lambda name, **more: event.set()); atexit.register(note, "exit")';
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
    // Python delivers the lower number first: a graceful wait, which SIGTERM cuts short.
    const inside = await run(site, '/', 'os.kill(os.getpid(), 10); os.kill(os.getpid(), 15); event.wait()');
    expect(inside.status).toBe(200);
    await site.gateway.stop();
    expect(noted(site)).toEqual(["sub: {'shutdown_reason': 'graceful_signal'}", 'sub: process_stopping']);
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
