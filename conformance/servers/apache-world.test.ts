import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ApacheDeployment, type Mpm, mpms } from '../../spec/deployments/apache.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import type { Step } from '../../spec/scenario.ts';
import { type Address, eventsOf, type Observation, type Trace, type TraceEvent } from '../../spec/trace.ts';
import { millis, type RequestId, requestId } from '../../spec/vocabulary.ts';
import { readApache } from '../../src/config/apache/read.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { judge } from '../../src/judge/judge.ts';
import { apacheWorld } from '../adapters/apache.ts';
import { toldOfDaemons } from '../adapters/daemon-lives.ts';
import { contradictions, survivors } from '../adapters/lives.ts';
import { seenFromOutside } from '../adapters/seen-from-outside.ts';
import { findApache, serversAreRequired } from './find-apache.ts';

const apache = findApache();
const skipped = apache === null && !serversAreRequired();
const title = skipped ? 'A real Apache as a world (skipped: no Apache with mod_wsgi here)' : 'A real Apache as a world';

const site = `
Listen 8080
ServerName site.example
WSGIDaemonProcess shop threads=2
WSGIScriptAlias /shop /srv/shop.wsgi process-group=shop application-group=shop
WSGIScriptAlias /page /srv/page.wsgi application-group=pages
`;

const deploymentOf = (mpm: Mpm, more = ''): ApacheDeployment => {
  const input = {
    file: '/etc/apache2/site.conf',
    text: site + more,
    source: filesInMemory({}),
    modWsgi: '4.9',
    mpm,
  } as const;
  const { deployment, diagnostics } = readApache(input);
  if (!deployment) throw new Error(JSON.stringify(diagnostics));
  return deployment;
};
const at = (path: string): Address => ({ host: 'site.example', port: 8080, path });
const [r1, r2, r3, r4] = [requestId(1), requestId(2), requestId(3), requestId(4)];

let temporary = '';
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'wsgiscope-test-'));
  // Whoever runs the applications must be able to pass.
  await chmod(temporary, 0o755);
  vi.stubEnv('TMPDIR', temporary);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(temporary, { recursive: true });
});

interface Wishes {
  readonly directives?: string;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TraceEvent) => void;
}

async function run(mpm: Mpm, steps: readonly Step[], { directives, signal, onEvent }: Wishes = {}): Promise<Trace> {
  if (apache === null) throw new Error('WSGISCOPE_REQUIRE=all, and there is no Apache with mod_wsgi on this machine');
  const scenario = { deployment: deploymentOf(mpm, directives), steps };
  return apacheWorld({ mpm, apache, ...(onEvent ? { onEvent } : {}) }).run(
    scenario,
    signal ?? AbortSignal.timeout(60_000),
  );
}
const outline = (trace: Trace): readonly string[] =>
  trace.map((event) => ('request' in event ? `${event.kind} ${event.request}` : event.kind));
const seen = (trace: Trace, request: RequestId): Observation | undefined =>
  eventsOf(trace, 'observation').find((event) => event.request === request)?.seen;

/** What still runs or lies about of any server whose files were in the temporary directory. */
async function leftovers(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return [...commands.filter((command) => command.includes(temporary)), ...(await readdir(temporary))];
}

describe.skipIf(skipped)(title, () => {
  it.each(mpms)(
    'keeps a crowding request out of a full daemon process, and lets it in afterwards, under %s',
    async (mpm) => {
      const trace = await run(mpm, [
        { do: 'hold', request: r1, to: at('/shop') },
        { do: 'hold', request: r2, to: at('/shop') },
        { do: 'crowd', request: r3, to: at('/shop') },
        { do: 'release', requests: [r1, r2, r3] },
      ]);
      expect(seen(trace, r2)).toMatchObject({ inside: 2, process: seen(trace, r1)?.process, processGroup: 'shop' });
      expect(seen(trace, r3)).toMatchObject({ process: seen(trace, r1)?.process, scriptCount: 3 });
      const order = outline(trace);
      // The end of a response may be read after the next request got in; what lets it in is the release.
      const release = Math.min(order.indexOf(`request.released ${r1}`), order.indexOf(`request.released ${r2}`));
      expect(release).toBeGreaterThan(0);
      expect(order.indexOf(`observation ${r3}`)).toBeGreaterThan(release);
      expect(await leftovers()).toEqual([]);
    },
  );

  it.each(mpms)(
    'replaces a daemon process, but reloads an embedded script in place, when it is touched, under %s',
    async (mpm) => {
      const trace = await run(
        mpm,
        [
          { do: 'request', request: r1, to: at('/shop') },
          { do: 'request', request: r2, to: at('/page') },
          { do: 'act', act: { kind: 'touch', script: '/srv/shop.wsgi' } },
          { do: 'act', act: { kind: 'touch', script: '/srv/page.wsgi' } },
          { do: 'request', request: r3, to: at('/shop') },
          { do: 'request', request: r4, to: at('/page') },
        ],
        { directives: 'StartServers 1\nServerLimit 1\n' },
      );
      const [shop, page, shopAfter, pageAfter] = [r1, r2, r3, r4].map((request) => seen(trace, request));
      expect(shopAfter?.process).not.toBe(shop?.process);
      expect(pageAfter?.scriptGlobals).not.toBe(page?.scriptGlobals);
      expect(pageAfter).toMatchObject({
        process: page?.process,
        interpreter: page?.interpreter,
        importedModule: page?.importedModule,
        scriptCount: 1,
        moduleCount: 2,
      });
    },
  );

  it('replaces a daemon process that is sent a signal or ends by itself', async () => {
    const trace = await run('event', [
      { do: 'request', request: r1, to: at('/shop') },
      { do: 'act', act: { kind: 'signal', signal: 'SIGTERM', processOf: r1 } },
      { do: 'await-replacement', processOf: r1 },
      { do: 'request', request: r2, to: at('/shop'), behave: { kind: 'signal-self', signal: 'SIGINT' } },
      { do: 'await-replacement', processOf: r2 },
      { do: 'request', request: r3, to: at('/shop'), behave: { kind: 'exit', code: 1 } },
      { do: 'await-replacement', processOf: r3 },
      { do: 'request', request: r4, to: at('/shop') },
    ]);
    expect(new Set([r1, r2, r3, r4].map((request) => seen(trace, request)?.process)).size).toBe(4);
    expect(contradictions(trace)).toEqual([]);
    const [first, , , last] = [r1, r2, r3, r4].map((request) => seen(trace, request)?.process);
    const vanished = eventsOf(trace, 'process.vanished').find(({ mark }) => mark === first);
    // The watch has caught up when the replacement has been awaited.
    expect(vanished?.seq).toBeLessThan(eventsOf(trace, 'request.sent').find((e) => e.request === r2)?.seq ?? 0);
    expect([...survivors(trace)]).toContain(last);
    expect(eventsOf(trace, 'request.finished').map(({ request, status }) => [request, status])).toEqual([
      [r1, 200],
      [r2, 200],
      [r3, 500],
      [r4, 200],
    ]);
  });

  it('tells of its daemon processes what its log says, in the order in which it happened', async () => {
    const trace = await run(
      'worker',
      [
        { do: 'request', request: r1, to: at('/brief') },
        { do: 'request', request: r2, to: at('/brief') },
        { do: 'await-replacement', processOf: r2 },
        { do: 'request', request: r3, to: at('/brief') },
        { do: 'act', act: { kind: 'signal', signal: 'SIGKILL', processOf: r3 } },
        { do: 'request', request: r4, to: at('/brief') },
      ],
      {
        directives: `WSGIDaemonProcess brief threads=1 maximum-requests=2 shutdown-timeout=1
WSGIScriptAlias /brief /srv/brief.wsgi process-group=brief application-group=%{GLOBAL}
`,
      },
    );
    const told = trace.flatMap((event): readonly string[] => {
      if (!('process' in event) || !event.process.startsWith('brief')) return [];
      return ['request' in event ? `${event.request} in ${event.process}` : `${event.process} ${event.kind.slice(8)}`];
    });
    const [begin, second] = ['brief#1', 'brief#2'].map((id) => [`${id} spawned`, `${id} ready`]);
    expect(told.filter((text) => text !== 'r2 in brief#1')).toEqual([
      ...(begin ?? []),
      'r1 in brief#1',
      'brief#1 stopping',
      'brief#1 exited',
      ...(second ?? []),
      'r3 in brief#2',
      'brief#2 exited',
      'brief#3 spawned',
      'brief#3 ready',
      'r4 in brief#3',
    ]);
    const exits = eventsOf(trace, 'process.exited').filter(({ process }) => process.startsWith('brief'));
    expect(exits.map(({ because, exit }) => [because, exit.kind])).toEqual([
      ['maximum-requests', 'returned'],
      ['crash', 'killed'],
    ]);
  });

  it.each(mpms)('has a child that leaves at SIGTERM under prefork only, under %s', async (mpm) => {
    const trace = await run(
      mpm,
      [
        { do: 'request', request: r1, to: at('/page') },
        { do: 'act', act: { kind: 'signal', signal: 'SIGTERM', processOf: r1 } },
        ...(mpm === 'prefork' ? [{ do: 'await-replacement' as const, processOf: r1 }] : []),
        { do: 'request', request: r2, to: at('/page') },
        { do: 'request', request: r3, to: at('/page') },
      ],
      { directives: 'StartServers 1\nServerLimit 1\n' },
    );
    const processes = new Set([r1, r2, r3].map((request) => seen(trace, request)?.process));
    expect(processes.size).toBe(mpm === 'prefork' ? 2 : 1);
  });

  // Under worker with ServerLimit 1 it does so as well, but only when a thread of the old child happens to end first.
  it('starts the successor of the only child beside it under event, though each says that it is alone', async () => {
    const mpm = 'event';
    const directives = `StartServers 1\nServerLimit 2\nThreadsPerChild 2\nMaxRequestWorkers 2\n`;
    const steps: readonly Step[] = [
      { do: 'hold', request: r1, to: at('/page') },
      { do: 'act', act: { kind: 'server-signal', signal: 'SIGUSR1' } },
      { do: 'hold', request: r2, to: at('/page') },
      { do: 'release', requests: [r1, r2] },
    ];
    const trace = await run(mpm, steps, { directives });
    const deployment = deploymentOf(mpm, directives);
    const findings = judge({ deployment, trace }, rules, seenFromOutside, toldOfDaemons);
    expect(seen(trace, r2)?.process).not.toBe(seen(trace, r1)?.process);
    expect([seen(trace, r1)?.multiprocess, seen(trace, r2)?.multiprocess]).toEqual([false, false]);
    expect(findings.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')).toMatchObject([
      { rule: 'FLAG-PEP-02', verdict: 'warn' },
    ]);
  });

  it.each([
    ['/shop', 'prefork'],
    ['/page', 'prefork'],
    ['/page', 'worker'],
    ['/shop', 'event'],
  ] as const)(
    'cuts a request to %s off where a graceful stop waits a second, and not at once, under %s',
    async (path, mpm) => {
      const directives = 'StartServers 1\nServerLimit 1\nGracefulShutdownTimeout 1\n';
      const steps: readonly Step[] = [
        { do: 'hold', request: r1, to: at(path) },
        { do: 'act', act: { kind: 'server-signal', signal: 'SIGWINCH' } },
        { do: 'await-outcome', request: r1, atMost: millis(25_000) },
      ];
      const trace = await run(mpm, steps, { directives });
      const deployment = deploymentOf(mpm, directives);
      const findings = judge({ deployment, trace }, rules, seenFromOutside);
      expect(findings.filter(({ rule }) => rule.startsWith('MPM-STOP'))).toMatchObject([
        { rule: 'MPM-STOP-01', verdict: 'not-exercised' },
        { rule: 'MPM-STOP-02', verdict: 'pass' },
      ]);
      expect(await leftovers()).toEqual([]);
    },
  );

  it('cuts a request in a child of event off nine seconds after a restart, where an earlier one was graceful', async () => {
    const mpm = 'event';
    const directives = 'StartServers 1\nServerLimit 3\nThreadsPerChild 2\nMaxRequestWorkers 4\n';
    const steps: readonly Step[] = [
      { do: 'hold', request: r1, to: at('/page') },
      { do: 'act', act: { kind: 'server-signal', signal: 'SIGUSR1' } },
      { do: 'act', act: { kind: 'server-signal', signal: 'SIGHUP' } },
      { do: 'request', request: r2, to: at('/page') },
    ];
    const trace = await run(mpm, steps, { directives });
    const deployment = deploymentOf(mpm, directives);
    const findings = judge({ deployment, trace }, rules, seenFromOutside);
    expect(findings.filter(({ rule }) => rule === 'RELOAD-APACHE-05')).toMatchObject([{ verdict: 'pass' }]);
    expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  });

  it.each([r1, r3])('leaves nothing behind when the run is aborted as soon as %s is sent', async (last) => {
    const controller = new AbortController();
    const steps: readonly Step[] = [
      { do: 'hold', request: r1, to: at('/shop') },
      { do: 'hold', request: r2, to: at('/shop') },
      { do: 'request', request: r3, to: at('/shop') },
    ];
    const onEvent = (event: TraceEvent): void => {
      if (event.kind === 'request.sent' && event.request === last) controller.abort(new Error('enough'));
    };
    await expect(run('event', steps, { signal: controller.signal, onEvent })).rejects.toThrow('enough');
    expect(await leftovers()).toEqual([]);
  });

  it('tells what Apache says when it does not start, and leaves nothing behind', async () => {
    const deployment = deploymentOf('event');
    const twice = { ...deployment, daemons: [...deployment.daemons, ...deployment.daemons] };
    if (apache === null) throw new Error('WSGISCOPE_REQUIRE=all, and there is no Apache with mod_wsgi on this machine');
    const world = apacheWorld({ mpm: 'event', apache });
    await expect(world.run({ deployment: twice, steps: [] })).rejects.toThrow('Name duplicates previous');
    expect(await leftovers()).toEqual([]);
  });
});
