import { describe, expect, it } from 'vitest';
import type { PlainDeployment } from '../../spec/deployments/plain.ts';
import type { Step } from '../../spec/scenario.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { contradictions, survivors } from '../adapters/lives.ts';
import { plainServers } from '../adapters/plain-runners.ts';
import { at, ownTemporaryDirectory, seenBy, statuses, tested } from './server-test.ts';

const leftovers = ownTemporaryDirectory();
const [r1, r2, r3] = [requestId(1), requestId(2), requestId(3)];
const servers = await Promise.all(plainServers.map((server) => tested(server)));

const deploymentOf = (server: string, changes: Partial<PlainDeployment> = {}): PlainDeployment => ({
  kind: 'plain',
  server,
  listens: [{ address: '127.0.0.1', port: 8000 }],
  application: { url: '', script: '/srv/shop.py', module: 'shop', callable: 'app' },
  processes: 1,
  threads: server === 'wsgiref' ? 1 : 2,
  promises: { countsProcesses: true, countsThreads: true, replacesProcesses: false, reloadsOn: null },
  ...changes,
});

describe.each(servers)('$target.id as a world$note', ({ target: { id }, isSkipped, world }) => {
  it.skipIf(isSkipped)('runs the application in one process, with the threads it was told', async () => {
    const deployment = deploymentOf(id);
    const steps: readonly Step[] = [
      { do: 'hold', request: r1, to: at() },
      ...(deployment.threads > 1 ? ([{ do: 'hold', request: r2, to: at() }] as const) : []),
      { do: 'crowd', request: r3, to: at() },
    ];
    const trace = await world().run({ deployment, steps }, AbortSignal.timeout(60_000));
    expect(statuses(trace).map(([, status]) => status)).toEqual(steps.map(() => 200));
    expect(seenBy(trace, r1)).toMatchObject({ multiprocess: false, moduleName: 'shop', inside: 1 });
    expect(seenBy(trace, r3)).toMatchObject({ scriptCount: steps.length });
    if (deployment.threads > 1) expect(seenBy(trace, r2)).toMatchObject({ inside: 2 });
    expect([...survivors(trace)]).toEqual([seenBy(trace, r1)?.process]);
    expect(contradictions(trace)).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it.skipIf(isSkipped)('is not replaced when it ends', async () => {
    const steps: readonly Step[] = [
      { do: 'request', request: r1, to: at(), behave: { kind: 'exit', code: 3 } },
      { do: 'await-replacement', processOf: r1 },
      { do: 'request', request: r2, to: at() },
    ];
    const trace = await world().run({ deployment: deploymentOf(id), steps }, AbortSignal.timeout(60_000));
    expect(statuses(trace).at(-1)).toEqual([r2, 'ECONNREFUSED']);
    expect(survivors(trace).size).toBe(0);
    expect(contradictions(trace)).toEqual([]);
  });

  it.skipIf(isSkipped)('leaves nothing behind when the run is aborted while a request is held', async () => {
    const controller = new AbortController();
    const aborting = world({
      onEvent: (event) => {
        if (event.kind === 'observation') controller.abort(new Error('enough'));
      },
    });
    const steps: readonly Step[] = [{ do: 'hold', request: r1, to: at() }];
    await expect(aborting.run({ deployment: deploymentOf(id), steps }, controller.signal)).rejects.toThrow('enough');
    expect(await leftovers()).toEqual([]);
  });
});
