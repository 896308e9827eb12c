import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import type { Step } from '../../spec/scenario.ts';
import { type Address, eventsOf, type Observation, type Trace } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis, type RequestId, requestId } from '../../spec/vocabulary.ts';
import { drive } from './drive.ts';
import { probeScript } from './probe-script.ts';
import { WsgirefTarget } from './wsgiref-target.ts';

const at = (path: string): Address => ({ host: 'site.example', port: 8080, path });
const [r1, r2, r3] = [requestId(1), requestId(2), requestId(3)];

let folder: string;
let target: WsgirefTarget;
const scriptA = (): string => join(folder, 'a.wsgi');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wsgiscope-test-'));
  for (const name of ['a', 'b']) await writeFile(join(folder, `${name}.wsgi`), probeScript());
});
afterEach(() => target.stop());
afterAll(() => rm(folder, { recursive: true }));

const serve = async (mode: 'threaded' | 'single'): Promise<void> => {
  target = new WsgirefTarget(mode, { '/a': scriptA(), '/b': join(folder, 'b.wsgi') });
  await target.start();
};

const newRecorder = (): TraceRecorder => {
  let tick = 0;
  return new TraceRecorder(() => millis(tick++));
};
const run = async (steps: readonly Step[], recorder = newRecorder(), signal?: AbortSignal): Promise<Trace> => {
  // The driver reads only the steps: what is deployed is the target's business.
  await drive({ deployment: {} as ApacheDeployment, steps }, target, recorder, signal);
  return recorder.trace;
};
const seen = (trace: Trace, request: RequestId): Observation | undefined =>
  eventsOf(trace, 'observation').find((event) => event.request === request)?.seen;
const outline = (trace: Trace): readonly string[] =>
  trace.map((event) => ('request' in event ? `${event.kind} ${event.request}` : event.kind));

/** Sockets of a gate that this process has open, as Linux lists them. */
function ownGates(): number {
  const own = new Set(readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`)));
  const sockets = readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .map((line) => line.split(/\s+/));
  return sockets.filter(([, , , , , , inode, name]) => name?.startsWith('@wsgiscope-') && own.has(`socket:[${inode}]`))
    .length;
}
const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // The descriptor by which the directory itself was read is closed by now.
  }
};

describe('driving a server through a scenario', () => {
  it('gives every request one end, and reports each held one before the next step is taken', async () => {
    await serve('threaded');
    const anySteps = fc
      .array(fc.record({ hold: fc.boolean(), path: fc.constantFrom('/a', '/b/page', '/nothing') }), { maxLength: 8 })
      .map((sends) =>
        sends.map(
          ({ hold, path }, i) => ({ do: hold ? 'hold' : 'request', request: requestId(i + 1), to: at(path) }) as const,
        ),
      );
    await fc.assert(
      fc.asyncProperty(anySteps, async (steps) => {
        const trace = await run(steps);
        const order = outline(trace);
        for (const { do: kind, request, to } of steps) {
          const ends = eventsOf(trace, 'request.finished').filter((event) => event.request === request);
          expect(ends.map((event) => event.status)).toEqual([to.path === '/nothing' ? 404 : 200]);
          const reports = eventsOf(trace, 'observation').filter((event) => event.request === request);
          expect(reports.length).toBe(to.path === '/nothing' ? 0 : 1);
          const next = order.indexOf(`request.sent r${Number(request.slice(1)) + 1}`);
          const before = kind === 'hold' && to.path !== '/nothing' ? 'observation' : 'request.finished';
          if (next >= 0) expect(order.indexOf(`${before} ${request}`)).toBeLessThan(next);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('keeps held requests inside the application together, and lets go exactly those it is told to', async () => {
    await serve('threaded');
    const trace = await run([
      { do: 'hold', request: r1, to: at('/a') },
      { do: 'hold', request: r2, to: at('/a') },
      { do: 'release', requests: [r1] },
      { do: 'request', request: r3, to: at('/a') },
    ]);
    expect(seen(trace, r1)?.inside).toBe(1);
    expect(seen(trace, r2)?.inside).toBe(2);
    expect(seen(trace, r3)?.inside).toBe(2);
    expect(seen(trace, r2)?.thread).not.toBe(seen(trace, r1)?.thread);
    expect(outline(trace)).toEqual([
      'request.sent r1',
      'observation r1',
      'request.sent r2',
      'observation r2',
      'request.released r1',
      'request.finished r1',
      'request.sent r3',
      'observation r3',
      'request.finished r3',
      'request.released r2',
      'request.finished r2',
    ]);
  });

  it('says of a request whose connection the server did not keep that it came by a new one', async () => {
    await serve('threaded');
    const by = (request: RequestId): Step => ({ do: 'request', request, to: at('/a'), connection: 'kept' });
    const trace = await run([by(r1), by(r2), { do: 'request', request: r3, to: at('/a') }]);
    const ends = eventsOf(trace, 'request.finished').map(({ request, reconnected }) => [request, reconnected]);
    expect(ends).toEqual([
      [r1, undefined],
      [r2, true],
      [r3, undefined],
    ]);
  });

  it('goes on when a crowding request waits outside, and sees it inside once there is room', async () => {
    await serve('single');
    const trace = await run([
      { do: 'hold', request: r1, to: at('/a') },
      { do: 'crowd', request: r2, to: at('/a') },
      { do: 'release', requests: [r1, r2] },
    ]);
    expect(outline(trace)).toEqual([
      'request.sent r1',
      'observation r1',
      'request.sent r2',
      'request.released r1',
      'request.released r2',
      'request.finished r1',
      'observation r2',
      'request.finished r2',
    ]);
    expect(seen(trace, r2)?.inside).toBe(1);
  });

  it('learns from inside which process a request ended, and finds another process after the replacement', async () => {
    await serve('threaded');
    const trace = await run([
      { do: 'request', request: r1, to: at('/a'), behave: { kind: 'exit', code: 3 } },
      { do: 'await-replacement', processOf: r1 },
      { do: 'request', request: r2, to: at('/a') },
    ]);
    expect(eventsOf(trace, 'request.failed').map((event) => event.request)).toEqual([r1]);
    expect(seen(trace, r1)?.process).toBeDefined();
    expect(seen(trace, r2)?.process).not.toBe(seen(trace, r1)?.process);
  });

  it('sends a signal to the process that answered a request, and touches the script it is told to', async () => {
    await serve('threaded');
    const { mtimeMs } = await stat(scriptA());
    const trace = await run([
      { do: 'request', request: r1, to: at('/b') },
      { do: 'act', act: { kind: 'touch', script: scriptA() } },
      { do: 'act', act: { kind: 'signal', signal: 'SIGKILL', processOf: r1 } },
      { do: 'await-replacement', processOf: r1 },
      { do: 'request', request: r2, to: at('/b') },
    ]);
    expect((await stat(scriptA())).mtimeMs).toBeGreaterThan(mtimeMs);
    expect(eventsOf(trace, 'act.performed').map((event) => event.act.kind)).toEqual(['touch', 'signal']);
    expect(seen(trace, r2)?.process).not.toBe(seen(trace, r1)?.process);
  });

  it('leaves out a signal whose addressee never answered', async () => {
    await serve('threaded');
    const trace = await run([
      { do: 'request', request: r1, to: at('/nothing') },
      { do: 'act', act: { kind: 'signal', signal: 'SIGKILL', processOf: r1 } },
      { do: 'request', request: r2, to: at('/a') },
    ]);
    expect(outline(trace)).not.toContain('act.performed');
    expect(seen(trace, r2)).toBeDefined();
  });

  it.skipIf(process.platform !== 'linux')(
    'ends at once when it is aborted, and leaves neither a socket nor a held request behind',
    async () => {
      await serve('single');
      const reason = new Error('enough');
      const controller = new AbortController();
      const recorder = newRecorder();
      const stop = recorder.subscribe((event) => {
        if (event.kind !== 'request.sent' || event.request !== r2) return;
        expect(ownGates()).toBe(2); // It listens, and holds one request.
        controller.abort(reason);
      });
      const steps: Step[] = [
        { do: 'hold', request: r1, to: at('/a') },
        { do: 'request', request: r2, to: at('/a') },
      ];
      await expect(run(steps, recorder, controller.signal)).rejects.toBe(reason);
      stop();
      expect(ownGates()).toBe(0);
      // The single thread is free again only if the held request was let go.
      expect(seen(await run([{ do: 'request', request: r3, to: at('/a') }]), r3)?.inside).toBe(1);
    },
  );
});

describe('what the probe reports', () => {
  it('tells globals of a script, of an imported module and of an interpreter apart', async () => {
    await serve('threaded');
    const trace = await run([
      { do: 'request', request: r1, to: at('/a') },
      { do: 'request', request: r2, to: at('/b/page') },
      { do: 'request', request: r3, to: at('/a') },
    ]);
    const [first, other, again] = [r1, r2, r3].map((request) => seen(trace, request));
    expect(other?.scriptGlobals).not.toBe(first?.scriptGlobals);
    expect(other?.moduleName).not.toBe(first?.moduleName);
    expect(again).toMatchObject({ scriptGlobals: first?.scriptGlobals, scriptCount: 2, moduleCount: 3 });
    expect(other).toMatchObject({
      process: first?.process,
      interpreter: first?.interpreter,
      importedModule: first?.importedModule,
      scriptCount: 1,
      moduleCount: 2,
      scriptName: '/b',
      pathInfo: '/page',
      multithread: false,
      processGroup: null,
      maximumProcesses: null,
    });
  });
});
