import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Mpm, mpms } from '../../../spec/deployments/apache.ts';
import type { TraceEvent } from '../../../spec/trace.ts';
import { Gate } from '../gate.ts';
import { type Serving, serve } from '../serving.ts';

/** Answers with its pid; waits at the gate whose port the query names, if it names one. */
const pid = `
import os, socket
def application(environ, start_response):
    if environ['QUERY_STRING']:
        with socket.create_connection(('127.0.0.1', int(environ['QUERY_STRING']))) as gate:
            gate.recv(1)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(os.getpid()).encode()]
`;
const embedded = `WSGIScriptAlias / \${here}/app.wsgi\n`;
const daemon = `WSGIDaemonProcess shop threads=4\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`;
const site = (mpm: Mpm, text: string): Promise<Serving> => serve(text, { 'app.wsgi': pid }, {}, '4.9', mpm);

/** Two children of one thread. */
const twoChildren: Readonly<Record<Mpm, string>> = {
  prefork: 'StartServers 2\n',
  worker: 'StartServers 2\nThreadsPerChild 1\nMaxRequestWorkers 2\n',
  event: 'StartServers 2\nThreadsPerChild 1\nMaxRequestWorkers 2\n',
};
const oneWorker: Readonly<Record<Mpm, string>> = {
  prefork: 'ServerLimit 1\nMaxRequestWorkers 1\n',
  worker: 'ThreadsPerChild 1\nMaxRequestWorkers 1\n',
  event: 'ThreadsPerChild 1\nMaxRequestWorkers 1\n',
};

/** A client that keeps its one connection. */
class Client implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #site: Serving;

  constructor(serving: Serving) {
    this.#site = serving;
  }

  async ask(path = '/'): Promise<{ body: string; connection: string | undefined }> {
    const { body, headers } = await this.#site.ask(path, { agent: this.#agent });
    return { body, connection: headers.connection };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

const isReady = (event: TraceEvent): event is TraceEvent => event.kind === 'process.ready';
/** Ready processes are announced before the gateway takes requests, but not those that replace others. */
const ready = (serving: Serving, count: number) =>
  serving.recorder.when(
    (event): event is TraceEvent => isReady(event) && serving.recorder.trace.filter(isReady).length >= count,
  );

describe.each(mpms)('a connection to embedded applications under %s', (mpm) => {
  it('has all its requests handled by the child that accepted it, while another child is idle', async () => {
    await using serving = await site(mpm, twoChildren[mpm] + embedded);
    using one = new Client(serving);
    using two = new Client(serving);
    const [first, second] = [(await one.ask()).body, (await two.ask()).body];
    // An idle connection of event keeps no thread, so both may have come to one child.
    if (mpm !== 'event') expect(second).not.toBe(first);
    for (let round = 0; round < 3; round++)
      expect([(await one.ask()).body, (await two.ask()).body]).toEqual([first, second]);
  });

  it('counts once for MaxConnectionsPerChild, however many requests it carries', async () => {
    await using serving = await site(mpm, `${oneWorker[mpm]}MaxConnectionsPerChild 2\n${embedded}`);
    const rounds: string[][] = [];
    for (let round = 0; round < 4; round++) {
      using client = new Client(serving);
      const replies = [await client.ask(), await client.ask(), await client.ask()];
      rounds.push(replies.map(({ body }) => body));
    }
    const pids = rounds.map((round) => [...new Set(round)]);
    // The last response of a child that is on its way out closes the connection, and the client takes another.
    expect(pids[0]).toHaveLength(1);
    expect(pids[0]).toEqual([pids[1]?.[0]]);
    expect(new Set(rounds.flat()).size).toBeGreaterThan(1);
    const ends = serving.recorder.trace.flatMap((event) => (event.kind === 'process.exited' ? [event.because] : []));
    expect(new Set(ends)).toEqual(new Set(['max-connections-per-child']));
  });

  it('is reset when the server is told to stop', async () => {
    await using gate = await Gate.open();
    await using serving = await site(mpm, embedded);
    const held = serving.ask(`/?${gate.port}`);
    await gate.entered(1);
    serving.gateway.signal('SIGTERM');
    await expect(held).rejects.toThrow();
    gate.letGo();
    await serving.gateway.stopped();
  });
});

describe.each(mpms)('an idle connection under %s', (mpm) => {
  it.each([
    ['an embedded application', embedded],
    ['a daemon process', daemon],
  ])(
    `${mpm === 'event' ? 'keeps no worker' : 'keeps its worker until its KeepAliveTimeout'}, of %s`,
    async (_, mount) => {
      await using serving = await site(mpm, `${oneWorker[mpm]}KeepAliveTimeout 1\n${mount}`);
      using one = new Client(serving);
      await one.ask();
      const decided = new AbortController();
      const waited = serving.gateway.whenConnectionWaits(decided.signal).then(
        () => true,
        () => false,
      );
      // Without the timeout it would wait for ever.
      await serving.ask('/');
      decided.abort();
      expect(await waited).toBe(mpm !== 'event');
    },
  );
});

describe('a connection', () => {
  it('carries MaxKeepAliveRequests and then one more, which closes it', async () => {
    await using serving = await site('event', `MaxKeepAliveRequests 2\n${daemon}`);
    using client = new Client(serving);
    const headers = [await client.ask(), await client.ask(), await client.ask(), await client.ask()];
    expect(headers.map(({ connection }) => connection)).toEqual(['keep-alive', 'keep-alive', 'close', 'keep-alive']);
  });

  it.each(['KeepAlive Off', 'KeepAliveTimeout 0'])('carries one request under %s', async (directive) => {
    await using serving = await site('event', `${directive}\n${daemon}`);
    using client = new Client(serving);
    expect((await client.ask()).connection).toBe('close');
  });

  it('has pipelined requests handled one after the other', async () => {
    await using gate = await Gate.open();
    await using serving = await site('event', daemon);
    const socket = connect({ host: '127.0.0.1', port: serving.gateway.ports.get(8080) ?? 0 });
    const request = (close: string): string => `GET /?${gate.port} HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`;
    socket.write(request('') + request('Connection: close\r\n'));
    await gate.entered(1);
    const accepted = () => serving.recorder.trace.filter(({ kind }) => kind === 'request.accepted').length;
    await serving.recorder.when((event): event is TraceEvent => event.kind === 'request.queued');
    expect([accepted(), gate.waiting]).toEqual([1, 1]);
    gate.letGo();
    await gate.entered(1);
    expect(accepted()).toBe(2);
    gate.letGo();
    expect((await textOf(socket)).match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  it('waits unread while every worker is busy, and its client may leave', async () => {
    await using gate = await Gate.open();
    await using serving = await site('event', oneWorker.event + daemon);
    const held = serving.ask(`/?${gate.port}`);
    await gate.entered(1);
    const waits = serving.gateway.whenConnectionWaits(AbortSignal.timeout(60_000));
    const leaving = connect({ host: '127.0.0.1', port: serving.gateway.ports.get(8080) ?? 0 });
    leaving.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await waits;
    leaving.resetAndDestroy();
    const waitsToo = serving.gateway.whenConnectionWaits(AbortSignal.timeout(60_000));
    const last = serving.ask('/');
    await waitsToo;
    gate.letGo();
    expect([(await held).status, (await last).status]).toEqual([200, 200]);
  });
});

describe('a child that is replaced at a graceful restart', () => {
  it.each(mpms)('says in its last responses that the connection closes, under %s', async (mpm) => {
    await using gate = await Gate.open();
    await using serving = await site(mpm, embedded);
    using client = new Client(serving);
    const held = client.ask(`/?${gate.port}`);
    await gate.entered(1);
    serving.gateway.signal('SIGUSR1');
    gate.letGo();
    expect((await held).connection).toBe('close');
    await ready(serving, 2);
  });

  it.each(['prefork', 'worker'] as const)('answers one more request of an idle connection under %s', async (mpm) => {
    await using serving = await site(mpm, `KeepAliveTimeout 60\n${embedded}`);
    using client = new Client(serving);
    const first = await client.ask();
    serving.gateway.signal('SIGUSR1');
    const second = await client.ask();
    expect(second).toEqual({ body: first.body, connection: 'close' });
    expect((await client.ask()).body).not.toBe(first.body);
  });

  it('closes an idle connection at once under event', async () => {
    await using serving = await site('event', `KeepAliveTimeout 60\n${embedded}`);
    const socket = connect({ host: '127.0.0.1', port: serving.gateway.ports.get(8080) ?? 0 });
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    socket.resume();
    serving.gateway.signal('SIGUSR1');
    await once(socket, 'close');
  });

  it('executes no request that crosses with the end of its connection', async () => {
    await using gate = await Gate.open();
    await using other = await Gate.open();
    const scripts = { 'app.wsgi': streaming };
    await using serving = await serve(`KeepAliveTimeout 60\n${embedded}`, scripts, { trustsRequestIds: true });
    const socket = connect({ host: '127.0.0.1', port: serving.gateway.ports.get(8080) ?? 0, allowHalfOpen: true });
    const request = (id: string): string =>
      `GET /?${gate.port} HTTP/1.1\r\nHost: localhost\r\nX-Wsgiscope-Request: ${id}\r\n\r\n`;
    socket.write(request('early'));
    let text = '';
    socket.setEncoding('utf8').on('data', (block: string) => {
      text += block;
    });
    await once(socket, 'data');
    // The child stays as long as it has another request.
    const held = serving.ask(`/?${other.port}`);
    await other.entered(1);
    // By now the head of the first is out, and says that its connection is kept.
    serving.gateway.signal('SIGUSR1');
    await gate.entered(1);
    gate.letGo();
    await once(socket, 'end');
    expect(text).toMatch(/0\r\n\r\n$/);
    socket.write(request('late'));
    await serving.ask('/');
    other.letGo();
    expect((await held).status).toBe(200);
    const accepted = serving.recorder.trace.flatMap((event) =>
      event.kind === 'request.accepted' ? [event.request] : [],
    );
    expect(accepted).toContain('early');
    expect(accepted).not.toContain('late');
    socket.destroy();
  });
});

/** Answers with a block, waits at the gate whose port the query names, and ends. */
const streaming = `
import os, socket
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    yield b'begun'
    if environ['QUERY_STRING']:
        with socket.create_connection(('127.0.0.1', int(environ['QUERY_STRING']))) as gate:
            gate.recv(1)
`;

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const block of socket.setEncoding('utf8')) text += block;
  return text;
}
