import { describe, expect, it } from 'vitest';
import { type ApacheDeployment, type DaemonGroup, noFiles, type ScriptAlias } from '../../spec/deployments/apache.ts';
import { mountsOf } from '../../spec/routing/mounts.ts';
import type { Step } from '../../spec/scenario.ts';
import { plainLimits } from '../../spec/serving/request-limits.ts';
import { plainGroup, plainServer } from '../../spec/serving/surroundings.ts';
import { millis, type RequestId } from '../../spec/vocabulary.ts';
import { simulate } from '../simulator/simulate.ts';
import { mostHeld } from './room.ts';
import { situations, situationsOf } from './situations.ts';

const none = millis(0);
const daemon = (name: string, more: Partial<DaemonGroup> = {}): DaemonGroup => ({
  name,
  host: 0,
  processes: null,
  threads: 15,
  maximumRequests: 0,
  restartInterval: none,
  inactivityTimeout: none,
  requestTimeout: none,
  interruptTimeout: none,
  gracefulTimeout: millis(15_000),
  evictionTimeout: none,
  shutdownTimeout: millis(5000),
  deadlockTimeout: millis(300_000),
  startupTimeout: none,
  queueTimeout: none,
  connectTimeout: millis(15_000),
  socketTimeout: none,
  cpuTimeLimit: none,
  listenBacklog: 100,
  headerBufferSize: 0,
  ...plainGroup,
  others: {},
  ...more,
});
const alias = (url: string, processGroup: string, script = `/srv${url}.wsgi`): ScriptAlias => ({
  match: 'prefix',
  url,
  script,
  settings: { processGroup },
});
const deploymentWith = (daemons: readonly DaemonGroup[], scriptAliases: readonly ScriptAlias[]): ApacheDeployment => ({
  kind: 'apache',
  server: { mpm: 'prefork', modWsgi: '4.9' },
  listens: [{ address: '*', port: 8080 }],
  children: {
    startServers: 5,
    threadsPerChild: 1,
    maxRequestWorkers: 256,
    serverLimit: 256,
    threadLimit: 1,
    spare: { min: 5, max: 10 },
    maxConnectionsPerChild: 0,
    listenBacklog: 511,
    gracefulShutdownTimeout: none,
  },
  daemons,
  hosts: [
    {
      serverName: 'example.org',
      serverPort: null,
      serverAliases: [],
      addresses: [],
      scriptAliases,
      files: noFiles,
      settings: {},
      sections: [],
    },
  ],
  preloads: [],
  restrictEmbedded: false,
  surroundings: plainServer,
  limits: plainLimits,
});

/** Follows a scenario and tells the most requests held at once. */
function mostHeldAtOnce(steps: readonly Step[]): number {
  const held = new Set<RequestId>();
  let most = 0;
  for (const step of steps) {
    if (step.do === 'hold' || step.do === 'crowd') held.add(step.request);
    if (step.do === 'release') for (const request of step.requests) held.delete(request);
    most = Math.max(most, held.size);
  }
  expect([...held]).toEqual([]);
  return most;
}

const large = deploymentWith(
  [daemon('large', { processes: 5 }), daemon('limited', { threads: 3, maximumRequests: 50 })],
  [alias('/large', 'large'), alias('/limited', 'limited'), alias('/', '')],
);

describe('the situations of a deployment', () => {
  it('ask every mount that has an address, and everyone with a number of its own', () => {
    const { steps } = situations(large);
    const sent = steps.flatMap((step) => ('to' in step ? [step] : []));
    expect(new Set(sent.map(({ request }) => request)).size).toBe(sent.length);
    const asked = new Set(sent.map(({ to }) => JSON.stringify(to)));
    for (const { address } of mountsOf(large)) expect(asked).toContain(JSON.stringify(address));
  });

  it('stay small however large the deployment is', () => {
    const { steps } = situations(large);
    expect(mostHeldAtOnce(steps)).toBeLessThanOrEqual(mostHeld + 1);
    expect(steps.length).toBeLessThan(500);
  });

  it('act only on the process of a request that was sent before', () => {
    const sent = new Set<RequestId>();
    for (const step of situations(large).steps) {
      if ('request' in step) sent.add(step.request);
      if (step.do === 'release') for (const request of step.requests) expect(sent).toContain(request);
      if (step.do === 'await-replacement') expect(sent).toContain(step.processOf);
      if (step.do === 'act' && step.act.kind === 'signal') expect(sent).toContain(step.act.processOf);
    }
  });

  it('do not ask a group without threads, which answers nobody', () => {
    const idle = deploymentWith([daemon('idle', { threads: 0 })], [alias('/a', 'idle')]);
    expect(situations(idle).steps).toEqual([]);
  });

  it('hold one request at most where children end after some connections', () => {
    const { children, ...rest } = large;
    const ending = { ...rest, children: { ...children, maxConnectionsPerChild: 3 } };
    expect(mostHeldAtOnce(situations(ending).steps)).toBe(2); // One held and one that comes.
  });

  it('leave every process as it is where they are brief, and are the first of all of them', () => {
    const daemons = [daemon('shop', { threads: 2 }), daemon('blog', { processes: 2, maximumRequests: 1000 })];
    for (const deployment of [large, deploymentWith(daemons, [alias('/shop', 'shop'), alias('/blog', 'blog')])]) {
      const brief = situationsOf(deployment, {}, 'brief');
      expect(situationsOf(deployment).slice(0, brief.length)).toEqual(brief);
      const trace = simulate({ deployment, steps: brief.flatMap(({ steps }) => steps) }, { seed: 1 });
      // Whatever ends does so with the server, when nothing is asked any more.
      const asked = trace.slice(
        0,
        trace.findLastIndex(({ kind }) => kind === 'request.finished'),
      );
      expect(asked.filter(({ kind }) => /^process\.(?:draining|stopping|exited)$/.test(kind))).toEqual([]);
    }
  });

  it('end processes only after all that needs them whole', () => {
    const names = situationsOf(deploymentWith([daemon('shop', { threads: 2 })], [alias('/shop', 'shop')])).map(
      ({ name }) => name,
    );
    expect(names).toEqual([
      'every mount is asked once',
      'every mount is asked again',
      'requests to shop come with credentials',
      'a request in shop registers a signal handler',
      '2 requests are held in shop and one more comes',
      'programs are performed at /shop',
      'the first process of shop is sent SIGHUP',
      '/srv/shop.wsgi is touched in shop',
      'an application of shop answers with a header line that is too long',
      'a module that /srv/shop.wsgi imports is changed',
      'a request with a body finds /srv/shop.wsgi changed',
      'a process of shop sends itself SIGINT',
      'a process of shop is sent SIGTERM',
      'the process of shop is sent SIGHUP',
      'the process of shop is sent SIGUSR2',
      'the process of shop, with exit handlers, is sent SIGTERM',
      'the process of shop, with exit handlers, is killed',
      'the process of shop, with exit handlers, is sent SIGTERM, with threads that go on',
      'the process of shop is sent SIGUSR1, twice, with a request inside',
      'the process of shop is killed while it waits for a request to end',
      'the process of shop is sent SIGTERM with a request inside',
      'an application of shop ends its process',
      'the process of shop is killed while a request waits',
      '/srv/shop.wsgi raises in shop, and is mended',
      'every mount is asked at the end',
      'the server is restarted gracefully while a connection is kept',
      'the server is restarted gracefully',
      'the server is restarted',
      'the server is stopped gracefully',
    ]);
  });
});
