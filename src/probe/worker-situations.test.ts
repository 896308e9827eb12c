import { describe, expect, it } from 'vitest';
import type { WorkerDeployment } from '../../spec/deployment.ts';
import type { Step } from '../../spec/scenario.ts';
import { fromSeconds, millis, type RequestId } from '../../spec/vocabulary.ts';
import { aGunicorn, anApplication, aPlainServer, aUwsgi } from '../simulator/a-worker-deployment.ts';
import { mostHeld } from './room.ts';
import { endingsOf } from './worker-endings.ts';
import { workerSituations, workerSituationsOf } from './worker-situations.ts';

const script = '/srv/a.py';
const deployments: readonly WorkerDeployment[] = [
  aGunicorn(),
  aGunicorn({ workers: 3, maxRequests: 3 }),
  aGunicorn({ workerClass: 'gthread', workers: 2, threads: 4, timeout: fromSeconds(2) }),
  aGunicorn({ workerClass: 'gevent', workers: 2, reload: true, preloadApp: true }),
  aUwsgi({ processes: 2, threads: 2, harakiri: fromSeconds(2), lazyApps: true, touchChainReload: [script] }),
  aUwsgi({ master: false }),
  aUwsgi({ processes: 4, cheaper: { algorithm: 'spare', min: 1, initial: 1, step: 1, overload: 3 } }),
  aUwsgi({
    threads: 4,
    maxRequests: 3,
    minWorkerLifetime: millis(0),
    workerReloadMercy: fromSeconds(2),
    needApp: true,
  }),
  aPlainServer({
    threads: 100,
    promises: { countsProcesses: true, countsThreads: true, replacesProcesses: false, reloadsOn: 'SIGHUP' },
  }),
];
const scenarios = deployments.flatMap((deployment) =>
  [undefined, ...endingsOf(deployment)].map((ending) => workerSituations(deployment, ending)),
);

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

describe('the situations of a server of workers', () => {
  it('give every request a number of its own, and speak only of requests that were sent before', () => {
    for (const { steps } of scenarios) {
      const sent = new Set<RequestId>();
      for (const step of steps) {
        if ('to' in step) expect(sent.has(step.request)).toBe(false);
        if ('to' in step) sent.add(step.request);
        if (step.do === 'release') for (const request of step.requests) expect(sent).toContain(request);
        if (step.do === 'await-replacement') expect(sent).toContain(step.processOf);
        if (step.do === 'act' && step.act.kind === 'signal') expect(sent).toContain(step.act.processOf);
      }
    }
  });

  it('stay small however large the server is, and let go of whatever they hold', () => {
    for (const { steps } of scenarios) {
      expect(mostHeldAtOnce(steps)).toBeLessThanOrEqual(mostHeld + 1);
      expect(steps.length).toBeLessThan(500);
    }
  });

  it('hold one request at most where a worker at its limit takes no more while others are inside', () => {
    const { steps } = workerSituations(aGunicorn({ workerClass: 'gthread', threads: 4, maxRequests: 3 }));
    let held = 0;
    for (const step of steps) {
      if (step.do === 'hold') held++;
      if (step.do === 'release') held = 0;
      expect(held).toBeLessThanOrEqual(1);
    }
  });

  it('ask every application, and none where no HTTP is spoken', () => {
    const applications = [
      anApplication({ url: '/a' }),
      anApplication({ url: '/b', script: '/srv/b.py', module: 'b' }),
    ] as const;
    const { steps } = workerSituations(aUwsgi({ applications }));
    const asked = new Set(steps.flatMap((step) => ('to' in step ? [step.to.path] : [])));
    expect([...asked]).toEqual(['/a', '/b']);
    expect(workerSituationsOf(aUwsgi({ listens: [{ address: '*', port: 3031, protocol: 'uwsgi' }] }))).toEqual([]);
  });

  it('end processes only after all that needs them whole, and the server last', () => {
    expect(workerSituationsOf(aGunicorn({ workers: 2 }), 'SIGINT').map(({ name }) => name)).toEqual([
      'every application is asked once',
      'every application is asked again',
      '2 requests are held at / and one more comes',
      '4 requests come at once',
      'requests come by one connection',
      'programs are performed at /',
      '/srv/a.py is touched',
      'an application ends its process',
      'a process is killed while a request waits',
      'a process is sent SIGTERM',
      'the import of /srv/a.py takes long',
      'the server is sent SIGUSR1',
      'the server is sent SIGWINCH',
      'the server gets one worker more',
      'the server gets its number of workers back',
      'the server is told to have one worker less than one',
      'the server is restarted',
      'the server is restarted with a request inside',
      'every application is asked at the end',
      'the server is stopped by SIGINT with a request inside',
    ]);
  });
});
