import { describe, expect, it } from 'vitest';
import { defaultGunicorn } from '../../spec/deployments/defaults.ts';
import type { GunicornDeployment } from '../../spec/deployments/gunicorn.ts';
import type { Step } from '../../spec/scenario.ts';
import { eventsOf, type ServerSignal, type Trace } from '../../spec/trace.ts';
import { fromSeconds, requestId } from '../../spec/vocabulary.ts';
import { contradictions, survivors } from '../adapters/lives.ts';
import { at, ownTemporaryDirectory, seenBy, statuses, tested } from './server-test.ts';

const leftovers = ownTemporaryDirectory();
const [sync, gthread, gevent] = await Promise.all(
  ['gunicorn-sync', 'gunicorn-gthread', 'gunicorn-gevent'].map((id) => tested(id)),
);
if (!sync || !gthread || !gevent) throw new Error('there are three classes of workers');
const [r1, r2, r3, r4] = [requestId(1), requestId(2), requestId(3), requestId(4)];

const plain: GunicornDeployment = {
  ...defaultGunicorn,
  application: { url: '', script: '/srv/site/shop/wsgi.py', module: 'shop.wsgi', callable: 'app' },
  workers: 2,
  gracefulTimeout: fromSeconds(1),
};

const run = (steps: readonly Step[], changes: Partial<GunicornDeployment> = {}): Promise<Trace> =>
  sync.world().run({ deployment: { ...plain, ...changes }, steps }, AbortSignal.timeout(60_000));
const signalled = (signal: ServerSignal): Step => ({ do: 'act', act: { kind: 'server-signal', signal } });

describe.skipIf(sync.isSkipped)(`gunicorn as a world${sync.note}`, () => {
  it('runs the application in each of its workers, under the name it is imported by', async () => {
    const trace = await run([
      { do: 'hold', request: r1, to: at() },
      { do: 'hold', request: r2, to: at() },
      { do: 'crowd', request: r3, to: at() },
      { do: 'release', requests: [r1, r2, r3] },
    ]);
    expect(statuses(trace).toSorted()).toEqual([r1, r2, r3].map((request) => [request, 200]));
    expect(seenBy(trace, r1)).toMatchObject({ multithread: false, multiprocess: true, moduleName: 'shop.wsgi' });
    expect(seenBy(trace, r1)?.process).not.toBe(seenBy(trace, r2)?.process);
    expect(eventsOf(trace, 'process.appeared').length).toBe(2);
    expect(contradictions(trace)).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it('replaces a worker that is killed or ends by itself, and nothing else', async () => {
    const trace = await run(
      [
        { do: 'request', request: r1, to: at() },
        { do: 'act', act: { kind: 'signal', signal: 'SIGKILL', processOf: r1 } },
        { do: 'await-replacement', processOf: r1 },
        { do: 'request', request: r2, to: at(), behave: { kind: 'exit', code: 1 } },
        { do: 'await-replacement', processOf: r2 },
        { do: 'request', request: r3, to: at() },
      ],
      { workers: 1 },
    );
    expect(new Set([r1, r2, r3].map((request) => seenBy(trace, request)?.process)).size).toBe(3);
    expect(eventsOf(trace, 'process.vanished').map(({ mark }) => mark)).toEqual(
      [r1, r2].map((request) => seenBy(trace, request)?.process),
    );
    expect([...survivors(trace)]).toEqual([seenBy(trace, r3)?.process]);
    expect(contradictions(trace)).toEqual([]);
  });

  it('starts other workers on SIGHUP, one more on SIGTTIN, and ends one on SIGTTOU', async () => {
    const trace = await run(
      [
        { do: 'request', request: r1, to: at() },
        signalled('SIGHUP'),
        { do: 'request', request: r2, to: at() },
        signalled('SIGTTIN'),
        signalled('SIGTTIN'),
        signalled('SIGTTOU'),
        { do: 'request', request: r3, to: at() },
      ],
      { workers: 1 },
    );
    expect(seenBy(trace, r2)?.process).not.toBe(seenBy(trace, r1)?.process);
    expect(eventsOf(trace, 'process.appeared').length).toBe(4);
    expect(survivors(trace).size).toBe(2);
    expect(eventsOf(trace, 'act.performed').length).toBe(4);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('is gone when %s has been performed', async (signal) => {
    const trace = await run([
      { do: 'request', request: r1, to: at() },
      signalled(signal),
      { do: 'request', request: r2, to: at() },
    ]);
    expect(survivors(trace).size).toBe(0);
    expect(statuses(trace)).toEqual([
      [r1, 200],
      [r2, 'ECONNREFUSED'],
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it('runs a second arbiter beside the first after SIGUSR2, and leaves neither', async () => {
    const trace = await run([signalled('SIGUSR2'), { do: 'request', request: r1, to: at() }]);
    expect(survivors(trace).size).toBe(4);
    expect(statuses(trace)).toEqual([[r1, 200]]);
    expect(await leftovers()).toEqual([]);
  });

  it('tells what gunicorn says when it does not start, and leaves nothing behind', async () => {
    await expect(run([], { chdir: '/nowhere' })).rejects.toThrow("can't chdir to");
    expect(await leftovers()).toEqual([]);
  });

  it('leaves nothing behind when the run is aborted while a request is held', async () => {
    const controller = new AbortController();
    const world = sync.world({
      onEvent: (event) => {
        if (event.kind === 'observation') controller.abort(new Error('enough'));
      },
    });
    const steps: readonly Step[] = [
      { do: 'hold', request: r1, to: at() },
      { do: 'request', request: r2, to: at() },
    ];
    await expect(world.run({ deployment: plain, steps }, controller.signal)).rejects.toThrow('enough');
    expect(await leftovers()).toEqual([]);
  });
});

describe.skipIf(gthread.isSkipped)(`gunicorn with threads as a world${gthread.note}`, () => {
  it('runs requests of one worker beside one another', async () => {
    const steps: readonly Step[] = [
      { do: 'hold', request: r1, to: at() },
      { do: 'hold', request: r2, to: at() },
      { do: 'crowd', request: r3, to: at() },
      { do: 'release', requests: [r1, r2, r3] },
    ];
    const deployment: GunicornDeployment = {
      ...plain,
      workerClass: 'gthread',
      requestedClass: 'gthread',
      workers: 1,
      threads: 2,
    };
    const trace = await gthread.world().run({ deployment, steps }, AbortSignal.timeout(60_000));
    expect(seenBy(trace, r2)).toMatchObject({ inside: 2, multithread: true, multiprocess: false });
    expect(seenBy(trace, r3)).toMatchObject({ scriptCount: 3, process: seenBy(trace, r1)?.process });
    expect(seenBy(trace, r2)?.thread).not.toBe(seenBy(trace, r1)?.thread);
  });
});

describe.skipIf(gevent.isSkipped)(`gunicorn with greenlets as a world${gevent.note}`, () => {
  it('runs requests of one worker beside one another in one thread', async () => {
    const steps: readonly Step[] = [
      ...[r1, r2, r3].map((request): Step => ({ do: 'hold', request, to: at() })),
      { do: 'request', request: r4, to: at() },
    ];
    const deployment: GunicornDeployment = { ...plain, workerClass: 'gevent', requestedClass: 'gevent', workers: 1 };
    const trace = await gevent.world().run({ deployment, steps }, AbortSignal.timeout(60_000));
    expect(seenBy(trace, r4)).toMatchObject({ inside: 4, multithread: true });
    expect(new Set([r1, r2, r3, r4].map((request) => seenBy(trace, request)?.thread)).size).toBe(1);
  });
});
