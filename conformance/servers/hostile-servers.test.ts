import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { PlainDeployment } from '../../spec/deployments/plain.ts';
import type { Step } from '../../spec/scenario.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { survivors } from '../adapters/lives.ts';
import type { Stopping } from '../adapters/process-family.ts';
import { type Following, type WorkerServer, workerWorld } from '../adapters/worker-server.ts';
import { at, ownTemporaryDirectory, statuses } from './server-test.ts';

const leftovers = ownTemporaryDirectory();
const r1 = requestId(1);

const deployment: PlainDeployment = {
  kind: 'plain',
  server: 'hostile',
  listens: [{ address: '127.0.0.1', port: 8000 }],
  application: { url: '', script: '/srv/shop.py', module: 'shop', callable: 'app' },
  processes: 1,
  threads: 1,
  promises: { countsProcesses: true, countsThreads: true, replacesProcesses: false, reloadsOn: null },
};

/** A server that is a shell script; `$0` is where it should listen. It is ready when it says so. */
const shell = (script: string, stopping: Partial<Stopping> = {}): WorkerServer<PlainDeployment> => ({
  name: 'hostile',
  accept: () => deployment,
  launch: ({ listens: [listen] }, { at: where, folder }) => ({
    program: '/bin/sh',
    parameters: ['-c', script, listen ? where(listen) : ''],
    environment: { PATH: '/usr/bin:/bin', TMPDIR: folder },
  }),
  stopping: { signal: 'SIGTERM', grace: 0, isNudged: true, ...stopping },
  follow: (_, { family, watch }): Following => {
    let isReady = false;
    return {
      heard: (line) => {
        if (line === 'ready') isReady = true;
      },
      candidates: () => family.children,
      isReady: () => isReady,
      keeps: () => null,
      signal: async (name, aborted) => {
        family.signal(name);
        await watch.until(() => family.hasEnded, 300, aborted);
      },
    };
  },
});

const run = (server: WorkerServer<PlainDeployment>, steps: readonly Step[] = []) =>
  workerWorld(server, { startPatience: 500 }).run({ deployment, steps }, AbortSignal.timeout(30_000));

describe('a server that is no good', () => {
  it('does not start, and what it said is told', async () => {
    await expect(run(shell('echo "no such module" >&2; exit 3'))).rejects.toThrow(
      'hostile did not start:\nno such module',
    );
    expect(await leftovers()).toEqual([]);
  });

  it('leaves a child behind that keeps its log open, and is told at once nevertheless', async () => {
    await expect(run(shell('echo "went into the background"; sleep 60 & exit 0'))).rejects.toThrow('background');
    expect(await leftovers()).toEqual([]);
  });

  it('never says that it is ready, and is not waited for without end', async () => {
    await expect(run(shell('echo "thinking"; sleep 60'))).rejects.toThrow(
      'hostile is not ready after 0.5 seconds:\nthinking',
    );
    expect(await leftovers()).toEqual([]);
  });

  it.each([true, false])(
    'ignores every signal, and so do its children: nudged is %s',
    async (isNudged) => {
      const stubborn =
        "trap '' TERM INT HUP; (trap '' TERM INT HUP; while :; do sleep 60; done) & echo ready; while :; do sleep 60; done";
      const trace = await run(shell(stubborn, { isNudged }), [
        { do: 'act', act: { kind: 'server-signal', signal: 'SIGTERM' } },
      ]);
      expect(survivors(trace).size).toBeGreaterThan(0);
      expect(await leftovers()).toEqual([]);
    },
    30_000,
  );

  it('dies while it is asked, and the client is told so', async () => {
    const trace = await run(shell('sleep 60 & echo ready; kill -KILL $!; exit 1'), [
      { do: 'request', request: r1, to: at() },
      { do: 'await-replacement', processOf: r1 },
    ]);
    expect(statuses(trace)).toEqual([[r1, 'ECONNREFUSED']]);
    expect(survivors(trace).size).toBe(0);
    expect(await leftovers()).toEqual([]);
  });

  it('is started elsewhere where somebody else has taken its port', async () => {
    const others = createServer().listen(0, '127.0.0.1');
    await once(others, 'listening');
    const asked: string[] = [];
    const unlucky = shell('echo "[Errno 98] Address already in use"; exit 1');
    const lucky = shell('echo ready; sleep 60');
    const server: WorkerServer<PlainDeployment> = {
      ...unlucky,
      launch: (given, place) => {
        asked.push(place.at({ address: '127.0.0.1', port: 8000 }));
        return (asked.length < 3 ? unlucky : lucky).launch(given, place);
      },
    };
    expect(await run(server)).toEqual(expect.any(Array));
    expect(asked.length).toBe(3);
    others.close();
    expect(await leftovers()).toEqual([]);
  });
});
