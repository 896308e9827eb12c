import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UwsgiDeployment } from '../../spec/deployments/uwsgi.ts';
import type { Step } from '../../spec/scenario.ts';
import { eventsOf, type ServerSignal, type Trace } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { contradictions, survivors } from '../adapters/lives.ts';
import { anyUwsgi } from '../arbitraries/worker-deployments.ts';
import { at, ownTemporaryDirectory, seenBy, statuses, tested } from './server-test.ts';

const leftovers = ownTemporaryDirectory();
const server = await tested('uwsgi-processes');
const [r1, r2, r3, r4] = [requestId(1), requestId(2), requestId(3), requestId(4)];

const [any] = fc.sample(anyUwsgi({ about: 'processes' }), { numRuns: 1, seed: 1 });
if (!any) throw new Error('there is always a deployment');
const shop = { url: '', script: '/srv/shop.py', module: 'shop', callable: 'app' } as const;
const plain: UwsgiDeployment = {
  ...any,
  applications: [shop],
  processes: 2,
  threads: 1,
  maxRequests: 0,
  enableThreads: true,
  dieOnTerm: false,
};

const run = (steps: readonly Step[], changes: Partial<UwsgiDeployment> = {}): Promise<Trace> =>
  server.world().run({ deployment: { ...plain, ...changes }, steps }, AbortSignal.timeout(60_000));
const signalled = (signal: ServerSignal): Step => ({ do: 'act', act: { kind: 'server-signal', signal } });

describe.skipIf(server.isSkipped)(`uWSGI as a world${server.note}`, () => {
  it('runs the application in each of its workers, which are not its router', async () => {
    const trace = await run(
      [
        { do: 'hold', request: r1, to: at() },
        { do: 'hold', request: r2, to: at() },
        { do: 'release', requests: [r1, r2] },
      ],
      { listens: [{ address: '127.0.0.1', port: 8000, protocol: 'http' }] },
    );
    expect(statuses(trace).toSorted()).toEqual([r1, r2].map((request) => [request, 200]));
    expect(seenBy(trace, r1)).toMatchObject({ multithread: false, multiprocess: true, moduleName: 'shop' });
    expect(survivors(trace)).toEqual(new Set([r1, r2].map((request) => seenBy(trace, request)?.process)));
    expect(contradictions(trace)).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it.each([false, true])(
    'gives applications below prefixes interpreters as it is told: one for all is %s',
    async (one) => {
      const trace = await run(
        [
          { do: 'request', request: r1, to: at('/a') },
          { do: 'request', request: r2, to: at('/b/x') },
        ],
        {
          applications: [
            { ...shop, url: '/a' },
            { ...shop, url: '/b' },
          ],
          processes: 1,
          manageScriptName: true,
          singleInterpreter: one,
        },
      );
      expect(seenBy(trace, r2)).toMatchObject({ scriptName: '/b', pathInfo: '/x', moduleCount: one ? 2 : 1 });
      expect(seenBy(trace, r1)?.interpreter === seenBy(trace, r2)?.interpreter).toBe(one);
    },
  );

  it('replaces a worker that is killed, and does not where there is no master', async () => {
    const steps: readonly Step[] = [
      { do: 'request', request: r1, to: at() },
      { do: 'act', act: { kind: 'signal', signal: 'SIGKILL', processOf: r1 } },
      { do: 'await-replacement', processOf: r1 },
      { do: 'request', request: r2, to: at() },
    ];
    const [managed, alone] = [await run(steps, { processes: 1 }), await run(steps, { processes: 1, master: false })];
    expect([...survivors(managed)]).toEqual([seenBy(managed, r2)?.process]);
    expect(eventsOf(managed, 'process.vanished').map(({ mark }) => mark)).toEqual([seenBy(managed, r1)?.process]);
    expect(statuses(alone)).toEqual([
      [r1, 200],
      [r2, 'ECONNREFUSED'],
    ]);
    expect(survivors(alone).size).toBe(0);
  });

  it.each([
    ['SIGHUP', false, 'reloads'],
    ['SIGTERM', false, 'reloads'],
    ['SIGTERM', true, 'stops'],
    ['SIGQUIT', false, 'stops'],
    ['SIGINT', false, 'stops'],
  ] as const)('on %s with die-on-term = %s it %s', async (signal, dieOnTerm, what) => {
    const trace = await run(
      [{ do: 'request', request: r1, to: at() }, signalled(signal), { do: 'request', request: r2, to: at() }],
      { dieOnTerm },
    );
    expect(statuses(trace)).toEqual([
      [r1, 200],
      [r2, what === 'stops' ? 'ECONNREFUSED' : 200],
    ]);
    expect(survivors(trace).size).toBe(what === 'stops' ? 0 : 2);
    expect([...survivors(trace)]).not.toContain(seenBy(trace, r1)?.process);
    expect(contradictions(trace)).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it('keeps what it is told of threads: as many requests at once in one worker, and no more', async () => {
    const trace = await run(
      [
        { do: 'hold', request: r1, to: at() },
        { do: 'hold', request: r2, to: at() },
        { do: 'crowd', request: r3, to: at() },
        { do: 'release', requests: [r1, r2, r3] },
        { do: 'request', request: r4, to: at() },
      ],
      { processes: 1, threads: 2 },
    );
    expect(seenBy(trace, r2)).toMatchObject({ inside: 2, multithread: true, multiprocess: false });
    expect(seenBy(trace, r4)).toMatchObject({ scriptCount: 4 });
  });

  it('tells what uWSGI says when it does not start, and leaves nothing behind', async () => {
    await expect(run([], { chdir: '/nowhere' })).rejects.toThrow('chdir(): No such file or directory');
    expect(await leftovers()).toEqual([]);
  });

  it('leaves nothing behind when the run is aborted while a request is held', async () => {
    const controller = new AbortController();
    const world = server.world({
      onEvent: (event) => {
        if (event.kind === 'observation') controller.abort(new Error('enough'));
      },
    });
    const steps: readonly Step[] = [{ do: 'hold', request: r1, to: at() }];
    await expect(world.run({ deployment: plain, steps }, controller.signal)).rejects.toThrow('enough');
    expect(await leftovers()).toEqual([]);
  });
});
