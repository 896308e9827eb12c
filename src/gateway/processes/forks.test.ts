import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { TraceEvent } from '../../../spec/trace.ts';
import { type Serving, serve } from '../serving.ts';

/** Does what the query string names, with a child of its process, and answers with what became of that. */
const forking = `
import atexit, multiprocessing, os, signal, subprocess, sys
here = os.path.dirname(__file__)
atexit.register(lambda: open(os.path.join(here, 'ended'), 'a').write('%d\\n' % os.getpid()))

def work(ends):
    os.write(ends[1], b'worked')

def by_process():
    ends = os.pipe()
    child = multiprocessing.get_context('fork').Process(target=work, args=(ends,))
    child.start()
    child.join()
    return child.exitcode, os.read(ends[0], 10)

def outcome(pid):
    status = os.waitpid(pid, 0)[1]
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

def by_fork(child):
    pid = os.fork()
    if pid == 0:
        child()
    return outcome(pid)

def handled():
    signal.signal(signal.SIGUSR2, lambda *_: os._exit(42))
    os.kill(os.getpid(), signal.SIGUSR2)
    os._exit(1)

def terminated():
    os.kill(os.getpid(), signal.SIGTERM)
    os._exit(1)

def stays():
    pid = os.fork()
    if pid == 0:
        signal.alarm(120)
        while True:
            signal.pause()
    return os.getpid(), pid

def doomed():
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    return pid

ways = {
    'pid': os.getpid,
    'fork': lambda: by_fork(lambda: os._exit(7)),
    'process': by_process,
    'run': lambda: subprocess.run([sys.executable, '-c', 'raise SystemExit(5)']).returncode,
    'preexec': lambda: subprocess.run(['true'], preexec_fn=lambda: None).returncode,
    'system': lambda: os.system('exit 3') >> 8,
    'handled': lambda: by_fork(handled),
    'terminated': lambda: by_fork(terminated),
    'stays': stays,
    'doomed': doomed,
    'sub': lambda: by_fork(lambda: os._exit(7)),
}

def application(environ, start_response):
    if environ['QUERY_STRING'] == 'returns':
        pid = os.fork()
        result = 'the child' if pid == 0 else outcome(pid)
    else:
        result = ways[environ['QUERY_STRING']]()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [repr(result).encode()]
`;

const main = 'application-group=%{GLOBAL}';
const modes = {
  'a daemon process': `WSGIDaemonProcess shop threads=2\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop ${main}\n`,
  'a child of the server': `WSGIScriptAlias / \${here}/app.wsgi ${main}\n`,
};

const asked = async (site: Serving, how: string): Promise<string> => (await site.ask(`/?${how}`)).body;

describe.each(Object.entries(modes))('an application in %s', (mode, configuration) => {
  const isDaemon = mode === 'a daemon process';

  it('may fork, and start processes and programs, in the main interpreter', async () => {
    await using site = await serve(configuration, { 'app.wsgi': forking });
    const answers: Record<string, string> = {};
    for (const how of ['fork', 'process', 'run', 'preexec', 'system', 'fork']) answers[how] = await asked(site, how);
    expect(answers).toEqual({ fork: '7', process: "(0, b'worked')", run: '5', preexec: '0', system: '3' });
    expect(site.log.join('\n')).not.toContain('os.fork()');
  });

  it('is answered by the process that has the request, and not by a child that comes back from it', async () => {
    const site = await serve(configuration, { 'app.wsgi': forking });
    const pid = await asked(site, 'pid');
    for (let turn = 0; turn < 3; turn++) expect(await asked(site, 'returns')).toBe('0');
    expect(await asked(site, 'pid')).toBe(pid);
    await site.gateway.stop();
    expect(readFileSync(site.file('ended'), 'utf8')).toBe(`${pid}\n`);
    await site[Symbol.asyncDispose]();
  });

  it('has children that take signals as their own', async () => {
    await using site = await serve(configuration, { 'app.wsgi': forking });
    const pid = await asked(site, 'pid');
    expect(await asked(site, 'handled')).toBe('42');
    expect(await asked(site, 'terminated')).toBe(isDaemon ? '255' : '0');
    expect(await asked(site, 'pid')).toBe(pid);
  });

  it('has its process seen to end while a child of it lives on', async () => {
    await using site = await serve(configuration, { 'app.wsgi': forking });
    const [pid = 0, child = 0] = (await asked(site, 'stays')).match(/\d+/g)?.map(Number) ?? [];
    try {
      process.kill(pid, 'SIGKILL');
      await site.recorder.when((event): event is TraceEvent => event.kind === 'process.exited');
      expect(() => process.kill(child, 0)).not.toThrow();
      expect(await asked(site, 'fork')).toBe('7');
    } finally {
      process.kill(child, 'SIGKILL');
    }
  });
});

describe('an application that forks where Python cannot', () => {
  it('has its child end in a sub-interpreter, and is told why', async () => {
    await using site = await serve(`WSGIScriptAlias / \${here}/app.wsgi\n`, { 'app.wsgi': forking });
    const { body } = await site.ask('/?sub');
    expect(body).not.toBe('7');
    // 3.8 refuses to fork there.
    await vi.waitFor(() =>
      expect(site.log.join('\n')).toMatch(/Python can only fork in its main interpreter|fork not supported/),
    );
    expect(await asked(site, 'run')).toBe('5');
  });

  it('has its child hang or abort in the main interpreter of a process with others, and is told why', async () => {
    await using site = await serve(
      `WSGIDaemonProcess shop threads=1\nWSGIScriptAlias /other \${here}/app.wsgi process-group=shop
WSGIScriptAlias / \${here}/app.wsgi process-group=shop ${main}\n`,
      { 'app.wsgi': forking },
    );
    await site.ask('/other?pid');
    const child = Number(await asked(site, 'doomed'));
    try {
      const why = 'Python cannot clear the sub-interpreters of this process';
      await vi.waitFor(() => expect(site.log.join('\n')).toContain(why));
    } finally {
      process.kill(child, 'SIGKILL');
    }
  });
});
