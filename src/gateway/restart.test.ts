import { Agent, get } from 'node:http';
import { describe, expect, it } from 'vitest';
import { termination } from '../../spec/machines/process-terms.ts';
import type { EventOf, HappeningKind, TraceEvent } from '../../spec/trace.ts';
import { CannotStart } from './cannot-start.ts';
import { Gate } from './gate.ts';
import { type Serving, serve } from './serving.ts';

/** Answers with its pid and the thread flags; waits for a connection to the socket that the query names, if it names one. */
const pid = `
import os, socket
def application(environ, start_response):
    if environ['QUERY_STRING']:
        with socket.create_connection(('127.0.0.1', int(environ['QUERY_STRING']))) as gate:
            gate.recv(1)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [('%d %s %s' % (os.getpid(), environ['wsgi.multiprocess'], environ['mod_wsgi.process_group'])).encode()]
`;
const scripts = { 'app.wsgi': pid };
const group = (name: string, options = ''): string =>
  `WSGIDaemonProcess ${name} ${options}\nWSGIScriptAlias /${name} \${here}/app.wsgi process-group=${name}\n`;
const embedded = `WSGIScriptAlias /embedded \${here}/app.wsgi\n`;

const is =
  <K extends HappeningKind>(kind: K) =>
  (event: TraceEvent): event is EventOf<K> =>
    event.kind === kind;
const spawned = (site: Serving, processGroup: string) =>
  site.recorder.trace.filter(is('process.spawned')).filter((event) => event.processGroup === processGroup);
const alive = (site: Serving): readonly string[] => {
  const gone = new Set(site.recorder.trace.filter(is('process.exited')).map(({ process }) => process));
  return site.recorder.trace
    .filter(is('process.spawned'))
    .map(({ process }) => process as string)
    .filter((process) => !gone.has(process as never))
    .toSorted();
};

describe.each(['SIGUSR1', 'SIGHUP'] as const)('a restart by %s', (signal) => {
  it('runs the groups, mounts and sizes of the new configuration, and ends what it no longer has', async () => {
    await using site = await serve(group('shop', 'processes=2') + group('old'), scripts);
    const before = (await site.ask('/shop')).body;
    await site.restart(signal, group('shop') + group('blog') + embedded);
    expect(alive(site)).toEqual(['blog#1', 'embedded#1', 'shop#3']);
    const shop = (await site.ask('/shop')).body;
    expect(shop).toMatch(/ False shop$/);
    expect(before).toMatch(/ True shop$/);
    expect((await site.ask('/blog')).body).toMatch(/ False blog$/);
    expect((await site.ask('/embedded')).status).toBe(200);
    expect((await site.ask('/old')).status).toBe(404);
    const ends = site.recorder.trace.filter(is('process.exited'));
    expect(new Set(ends.map(({ because }) => because))).toEqual(new Set(['server-restart']));
  });

  it('opens the ports that are new and closes those that are gone, and the others are never closed', async () => {
    await using site = await serve(`Listen 8081\n${group('shop')}`, scripts);
    const kept = site.gateway.ports.get(8080);
    const former = site.gateway.ports.get(8081);
    await site.restart(signal, `Listen 8082\n${group('shop')}`);
    expect([...site.gateway.ports.keys()].toSorted()).toEqual([8080, 8082]);
    expect(site.gateway.ports.get(8080)).toBe(kept);
    expect((await site.ask('/shop', { port: site.gateway.ports.get(8082) })).status).toBe(200);
    await expect(site.ask('/shop', { port: former })).rejects.toThrow('ECONNREFUSED');
  });

  it('leaves no request without an answer: those that come meanwhile wait for the new processes', async () => {
    await using site = await serve(group('shop', 'threads=2') + embedded, scripts);
    const old = spawned(site, 'shop').map((event) => event.pid);
    const restarted = site.restart(signal, group('shop', 'threads=2') + embedded);
    // The restart has begun when a process was told to stop.
    await site.recorder.when(is('process.stopping'));
    const asked = Array.from({ length: 12 }, (_, index) => site.ask(index % 2 === 0 ? '/shop' : '/embedded'));
    const replies = await Promise.all(asked);
    await restarted;
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    const daemons = replies.filter(({ body }) => body.endsWith(' shop'));
    for (const { body } of daemons) expect(old).not.toContain(Number(body.split(' ')[0]));
  });

  it('changes nothing where the new configuration cannot be run', async () => {
    await using site = await serve(group('shop'), scripts);
    const before = (await site.ask('/shop')).body;
    await expect(site.restart(signal, group('shop', 'home=/nowhere'))).rejects.toThrow(CannotStart);
    await expect(site.restart(signal, group('shop', 'python-home=/nowhere'))).rejects.toThrow(CannotStart);
    expect((await site.ask('/shop')).body).toBe(before);
    expect([...site.gateway.ports.keys()]).toEqual([8080]);
  });

  it('does not change ServerLimit, and says so', async () => {
    await using site = await serve(embedded, scripts);
    await site.restart(signal, `ServerLimit 9\nMaxRequestWorkers 18\n${embedded}`);
    expect(site.log).toContain(
      'gateway: changing ServerLimit to 9 from original value of 2 not allowed during restart',
    );
  });
});

describe('a request in progress', () => {
  it('in a child is finished by its process at a graceful restart, beside the new generation', async () => {
    await using gate = await Gate.open();
    await using site = await serve(embedded, scripts);
    const held = site.ask(`/embedded?${gate.port}`);
    await gate.entered(1);
    site.gateway.signal('SIGUSR1');
    const [first] = spawned(site, '');
    await site.recorder.when(
      (event): event is EventOf<'process.ready'> => event.kind === 'process.ready' && event.process !== first?.process,
    );
    const meanwhile = await site.ask('/embedded');
    expect(meanwhile.body.split(' ')[0]).not.toBe(String(first?.pid));
    gate.letGo();
    expect(await held).toMatchObject({ status: 200, body: `${first?.pid} True ` });
  });

  it('in a daemon process is lost at a graceful restart when it does not end within 3 seconds', async () => {
    await using gate = await Gate.open();
    await using site = await serve(group('shop', 'shutdown-timeout=60'), scripts);
    const held = site.ask(`/shop?${gate.port}`);
    await gate.entered(1);
    await site.restart('SIGUSR1', group('shop'));
    expect((await held).status).toBe(500);
    const ended = site.recorder.trace.find(is('process.exited'));
    expect(ended).toMatchObject({ because: 'server-restart', exit: { kind: 'killed', by: 'SIGKILL' } });
  });

  it.each([
    ['began with the server', [], 'SIGHUP'],
    ['began at a restart', ['SIGUSR1'], 'SIGKILL'],
  ] as const)('in a daemon process that %s is ended under prefork with SIGHUP: %s', async (_, before, by) => {
    await using gate = await Gate.open();
    await using site = await serve(group('shop'), scripts, {}, '4.9', 'prefork');
    for (const signal of before) await site.restart(signal, group('shop'));
    const held = site.ask(`/shop?${gate.port}`).catch((error: Error) => error);
    await gate.entered(1);
    const [process] = alive(site);
    await site.restart('SIGHUP', group('shop'));
    expect(await held).toBeInstanceOf(Error);
    const ended = site.recorder.trace.filter(is('process.exited')).find((event) => event.process === process);
    expect(ended).toMatchObject({ because: 'server-restart', exit: { kind: 'killed', by } });
  });

  // Where nothing is embedded no process stands for the children, whose end would close connections as well.
  it.each([
    ['SIGHUP', ''],
    ['SIGTERM', ''],
    ['SIGHUP', embedded],
    ['SIGTERM', embedded],
  ] as const)('in a daemon process is left without an answer at once at %s', async (sent, others) => {
    await using gate = await Gate.open();
    await using site = await serve(group('shop', 'threads=2') + others, scripts);
    const paths = others === '' ? ['/shop'] : ['/shop', '/embedded'];
    const held = paths.map((path) => site.ask(`${path}?${gate.port}`));
    await gate.entered(held.length);
    site.gateway.signal(sent);
    for (const reply of held) await expect(reply).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(site.recorder.trace.filter(is('process.exited'))).toEqual([]);
    // A thread of a child waits for it all the same, and the parent for the child.
    const told = (process: string) =>
      site.recorder.trace.filter((e) => is('process.stopping')(e) && e.process === process);
    expect(told('shop#1')).toEqual([]);
    const cut = site.recorder.trace.at(-1)?.at ?? 0;
    gate.letGo();
    const stopping = await site.recorder.when((event): event is EventOf<'process.stopping'> =>
      told('shop#1').includes(event),
    );
    // Because nobody waits any more, and not because the children are killed.
    expect(stopping.at - cut).toBeLessThan(termination);
  });

  it.each([
    ['SIGUSR1', '', [500, 404]],
    ['SIGUSR1', embedded, [500, 404]],
    ['SIGHUP', '', ['cut off', 404]],
    ['SIGHUP', embedded, ['cut off', 404]],
  ] as const)(
    'in a daemon process lets everybody else wait for the end of a restart by %s',
    async (sent, others, answers) => {
      await using gate = await Gate.open();
      await using site = await serve(group('shop') + others, scripts);
      const order: unknown[] = [];
      const note = (answer: Promise<{ readonly status: number }>): Promise<unknown> =>
        answer
          .then(
            ({ status }) => status,
            () => 'cut off',
          )
          .then((outcome) => order.push(outcome));
      const held = note(site.ask(`/shop?${gate.port}`));
      await gate.entered(1);
      site.gateway.signal(sent);
      const another = note(site.ask('/nothing'));
      if (sent === 'SIGHUP') {
        await held;
        // Threads of the children wait for what nobody will read.
        gate.letGo();
      }
      await Promise.all([held, another]);
      expect(order).toEqual(answers);
      const { trace } = site.recorder;
      const exit = trace.find((event) => event.kind === 'process.exited' && event.process === 'shop#1');
      const next = trace.find((event) => event.kind === 'process.spawned' && event.process === 'shop#2');
      expect(exit?.seq).toBeLessThan(next?.seq ?? Number.POSITIVE_INFINITY);
    },
  );

  it.each([
    ['SIGTERM', 'event', 200],
    ['SIGHUP', 'worker', 200],
    ['SIGTERM', 'prefork', 'cut off'],
  ] as const)(
    'in a child that a graceful restart left behind hears nothing of %s, but under prefork: %s',
    async (sent, mpm, outcome) => {
      await using gate = await Gate.open();
      await using site = await serve(embedded, scripts, {}, '4.9', mpm);
      const held = site.ask(`/embedded?${gate.port}`).then(
        ({ status }) => status,
        () => 'cut off',
      );
      await gate.entered(1);
      await site.restart('SIGUSR1', embedded);
      site.gateway.signal(sent);
      // Its child is told as well, and by then every other one is gone.
      await site.recorder.when((event): event is EventOf<'process.exited'> => event.kind === 'process.exited');
      gate.letGo();
      expect(await held).toBe(outcome);
    },
  );

  it('is finished at a graceful stop, which refuses every new connection', async () => {
    await using gate = await Gate.open();
    await using site = await serve(group('shop') + embedded, scripts);
    const held = [site.ask(`/shop?${gate.port}`), site.ask(`/embedded?${gate.port}`)];
    await gate.entered(2);
    site.gateway.signal('SIGWINCH');
    await expect(site.ask('/shop')).rejects.toThrow('ECONNREFUSED');
    expect(site.gateway.state).toBe('stoppingGracefully');
    gate.letGo();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    await site.gateway.stopped();
    expect(alive(site)).toEqual([]);
  });

  it('keeps a graceful stop no longer than GracefulShutdownTimeout', async () => {
    await using gate = await Gate.open();
    await using site = await serve(`GracefulShutdownTimeout 1\n${group('shop')}`, scripts);
    const held = site.ask(`/shop?${gate.port}`).catch((error: Error) => error);
    await gate.entered(1);
    site.gateway.signal('SIGWINCH');
    await site.gateway.stopped();
    expect(await held).not.toMatchObject({ status: 200 });
  });
});

describe('a connection that a child has kept over a graceful restart', () => {
  it.each([
    ['', 503],
    ['WSGISocketRotation Off\n', 500],
  ])('reaches no new daemon process%s', async (rotation, status) => {
    const text = `${rotation}${group('shop')}`;
    await using site = await serve(text, scripts, {}, '4.9', 'worker');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get({ port: site.gateway.ports.get(8080), path: '/shop', agent }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        }).on('error', reject);
      });
    try {
      expect(await ask()).toBe(200);
      await site.restart('SIGUSR1', text);
      expect(await ask()).toBe(status);
      expect(await ask()).toBe(200);
    } finally {
      agent.destroy();
    }
  });
});
