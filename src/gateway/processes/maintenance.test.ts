import { describe, expect, it } from 'vitest';
import type { Mpm } from '../../../spec/deployments/apache.ts';
import { ruleById } from '../../../spec/rules/catalogue.ts';
import { type EventOf, eventsOf, type HappeningKind, type TraceEvent } from '../../../spec/trace.ts';
import { type RequestId, requestId } from '../../../spec/vocabulary.ts';
import { readApache } from '../../config/apache/read.ts';
import { filesInMemory } from '../../config/source.ts';
import { judge } from '../../judge/judge.ts';
import { Gate } from '../gate.ts';
import { gatewayWorld } from '../gateway-world.ts';
import { type Serving, serve } from '../serving.ts';

/** Answers with its pid and wsgi.multiprocess; waits at the gate whose port the query names, or so many seconds. */
const pid = `
import os, socket, time
def application(environ, start_response):
    query = environ['QUERY_STRING']
    if query.startswith('seconds='):
        time.sleep(float(query[8:]))
    elif query:
        with socket.create_connection(('127.0.0.1', int(query))) as gate:
            gate.recv(1)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [('%d %s' % (os.getpid(), environ['wsgi.multiprocess'])).encode()]
`;
const site = (mpm: Mpm, text: string): Promise<Serving> =>
  serve(`${text}WSGIScriptAlias / \${here}/app.wsgi\n`, { 'app.wsgi': pid }, {}, '4.9', mpm);

/** One worker at first, and room for four; one is kept spare, and two may be, or three where they are threads. */
const growing: Readonly<Record<Mpm, string>> = {
  prefork: 'StartServers 1\nServerLimit 4\nMaxRequestWorkers 4\nMinSpareServers 1\nMaxSpareServers 2\n',
  worker:
    'StartServers 1\nServerLimit 4\nThreadsPerChild 1\nMaxRequestWorkers 4\nMinSpareThreads 1\nMaxSpareThreads 3\n',
  event:
    'StartServers 1\nServerLimit 4\nThreadsPerChild 1\nMaxRequestWorkers 4\nMinSpareThreads 1\nMaxSpareThreads 3\n',
};
const mpms = ['prefork', 'worker', 'event'] as const;

const is =
  <K extends HappeningKind>(kind: K) =>
  (event: TraceEvent): event is EventOf<K> =>
    event.kind === kind;
/** Resolves when so many events of a kind have happened. */
const happened = (serving: Serving, kind: HappeningKind, count: number): Promise<TraceEvent> =>
  serving.recorder.when(
    (event): event is TraceEvent => event.kind === kind && eventsOf(serving.recorder.trace, kind).length >= count,
  );
const count = (serving: Serving, kind: HappeningKind): number => eventsOf(serving.recorder.trace, kind).length;

describe.each(mpms)('the children of %s', (mpm) => {
  it('are forked while too few workers are idle, and told to go while too many are', async () => {
    await using gate = await Gate.open();
    await using serving = await site(mpm, growing[mpm]);
    expect(count(serving, 'process.spawned')).toBe(1);
    const held = [1, 2, 3].map(() => serving.ask(`/?${gate.port}`));
    await gate.entered(3);
    if (count(serving, 'process.ready') < 4) await happened(serving, 'process.ready', 4);
    expect(eventsOf(serving.recorder.trace, 'process.exited')).toEqual([]);
    const surplus = mpm === 'prefork' ? 2 : 1;
    const gone = happened(serving, 'process.exited', surplus);
    gate.letGo();
    expect(new Set((await Promise.all(held)).map(({ body }) => body)).size).toBe(3);
    await gone;
    const ends = eventsOf(serving.recorder.trace, 'process.exited').map(({ because }) => because);
    expect(ends).toEqual(Array.from({ length: surplus }, () => 'surplus'));
    expect(count(serving, 'process.spawned')).toBe(4);
  });

  it('keep the rule about spare workers while requests make them more', async () => {
    const { deployment } = readApache({
      file: '/etc/apache2/site.conf',
      text: `Listen 8080\nServerName site.example\nWSGIScriptAlias / /srv/app.wsgi\n${growing[mpm]}`,
      source: filesInMemory({}),
      modWsgi: '4.9',
      mpm,
    });
    if (!deployment) throw new Error('the configuration is refused');
    const requests = [1, 2, 3].map(requestId);
    const to = { host: 'site.example', port: 8080, path: '/' };
    const world = gatewayWorld();
    const trace = await world.run({
      deployment,
      steps: [...requests.map((request) => ({ do: 'hold', request, to }) as const), { do: 'release', requests }],
    });
    const rule = ruleById(mpm === 'prefork' ? 'MPM-IDLE-01' : 'MPM-IDLE-03');
    if (!rule) throw new Error('no such rule');
    expect(judge({ deployment, trace }, [rule], world.sees)).toMatchObject([{ verdict: 'pass' }]);
  });
});

describe('a child that is killed', () => {
  it.each(['worker', 'event'] as const)('is replaced although enough threads are idle, under %s', async (mpm) => {
    await using serving = await site(mpm, growing[mpm].replace('StartServers 1', 'StartServers 2'));
    // Who falls in its first second may be ill, and its successor has to wait.
    await serving.ask('/?seconds=1.2');
    const [first] = serving.recorder.trace.filter(is('process.spawned'));
    const next = happened(serving, 'process.ready', 3);
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await next;
    expect(count(serving, 'process.exited')).toBe(1);
  });
});

describe('the only child that there may be', () => {
  it.each([
    ['event', 'ServerLimit 2\nThreadsPerChild 2\nMaxRequestWorkers 2\n'],
    ['worker', 'ServerLimit 1\nThreadsPerChild 2\nMaxRequestWorkers 2\n'],
  ] as const)(
    'is joined by its successor at a graceful restart, and both say that they are alone, under %s',
    async (mpm, pool) => {
      await using gate = await Gate.open();
      await using serving = await site(mpm, pool);
      const held = serving.ask(`/?${gate.port}`);
      await gate.entered(1);
      serving.gateway.signal('SIGUSR1');
      await happened(serving, 'process.ready', 2);
      const beside = await serving.ask('/');
      gate.letGo();
      const [first, second] = serving.recorder.trace.filter(is('process.spawned')).map((event) => event.pid);
      expect([(await held).body, beside.body]).toEqual([`${first} False`, `${second} False`]);
    },
  );

  it.each([
    ['is answered', { do: 'release', requests: [requestId(1)] }],
    ['is lost with it', { do: 'act', act: { kind: 'signal', signal: 'SIGKILL', processOf: requestId(1) } }],
  ] as const)(
    'leaves its successor the last thread only when the request in it %s, under worker',
    async (_, endsIt) => {
      const { deployment } = readApache({
        file: '/etc/apache2/site.conf',
        text: 'Listen 8080\nServerName site.example\nWSGIScriptAlias / /srv/app.wsgi\nServerLimit 1\nThreadsPerChild 2\nMaxRequestWorkers 2\n',
        source: filesInMemory({}),
        modWsgi: '4.9',
        mpm: 'worker',
      });
      if (!deployment) throw new Error('the configuration is refused');
      const [old, young, third] = [1, 2, 3].map(requestId) as [RequestId, RequestId, RequestId];
      const to = { host: 'site.example', port: 8080, path: '/' };
      const world = gatewayWorld();
      const trace = await world.run({
        deployment,
        steps: [
          { do: 'hold', request: old, to },
          { do: 'act', act: { kind: 'server-signal', signal: 'SIGUSR1' } },
          { do: 'hold', request: young, to },
          { do: 'crowd', request: third, to },
          endsIt,
          { do: 'release', requests: [third] },
          { do: 'release', requests: [young] },
        ],
      });
      const [seenOld, seenYoung, seenThird] = eventsOf(trace, 'observation').map(({ seen }) => seen.process);
      expect(seenYoung).not.toBe(seenOld);
      expect(seenThird).toBe(seenYoung);
      const rule = ruleById('MPM-LIMIT-01');
      if (!rule) throw new Error('no such rule');
      expect(judge({ deployment, trace }, [rule], world.sees)).toMatchObject([{ verdict: 'pass' }]);
    },
  );
});
