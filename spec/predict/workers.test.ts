import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGunicornDeployment } from '../../conformance/arbitraries/gunicorn-deployments.ts';
import type { GunicornDeployment } from '../deployments/gunicorn.ts';
import { mountName } from '../routing/mounts.ts';
import { fromSeconds } from '../vocabulary.ts';
import { workersOf } from '../workers.ts';
import { predictWorkers } from './workers.ts';

const gunicorn: GunicornDeployment = {
  kind: 'gunicorn',
  release: '20.1',
  listens: [{ address: '127.0.0.1', port: 8000 }],
  application: { url: '', script: '/srv/shop/wsgi.py', module: 'shop.wsgi', callable: 'application' },
  workerClass: 'sync',
  requestedClass: 'sync',
  workers: 4,
  threads: 1,
  workerConnections: 1000,
  backlog: 2048,
  maxRequests: 0,
  maxRequestsJitter: 0,
  timeout: fromSeconds(30),
  gracefulTimeout: fromSeconds(30),
  keepAlive: fromSeconds(2),
  preloadApp: false,
  reload: false,
  daemon: false,
  chdir: null,
  procName: null,
  others: {},
};

describe('the prediction for servers of workers', () => {
  it('has each application at each address, in the same processes, with the flags of the workers', () =>
    fc.assert(
      fc.property(anyGunicornDeployment, (deployment) => {
        const { mounts, sharing, endings } = predictWorkers(deployment);
        const { flags, threads, processes } = workersOf(deployment);
        expect(mounts).toHaveLength(deployment.listens.length);
        for (const mount of mounts) {
          expect(mount).toMatchObject({ mode: 'worker', threads, ...flags, processes });
          expect(endings.filter(({ of }) => of === mountName(mount)).length).toBeGreaterThan(0);
        }
        for (const { shares } of sharing) expect(shares).toBe('script-globals');
      }),
    ));

  it('is four processes with one thread for gunicorn -w 4', () => {
    expect(predictWorkers(gunicorn)).toMatchObject({
      server: { kind: 'gunicorn', version: '20.1', workerClass: 'sync' },
      mounts: [
        {
          host: '127.0.0.1',
          port: 8000,
          url: '/',
          processes: { min: 4, max: 4, configured: 4 },
          threads: 1,
          multithread: false,
          multiprocess: true,
          loads: 'process-start',
        },
      ],
    });
    expect(predictWorkers({ ...gunicorn, workers: 1 }, null).mounts).toMatchObject([
      { processes: { min: 1, max: 1, configured: null }, multiprocess: false },
    ]);
  });

  it('reaches an address that stands for all of them as localhost', () => {
    const hosts = ['0.0.0.0', '*', '::', ''].map(
      (address) => predictWorkers({ ...gunicorn, listens: [{ address, port: 80 }] }).mounts[0]?.host,
    );
    expect(new Set(hosts)).toEqual(new Set(['localhost']));
  });
});

describe('what ends a worker of gunicorn', () => {
  const endings = (more: Partial<GunicornDeployment>) =>
    predictWorkers({ ...gunicorn, ...more }).endings.map(({ because, after }) => `${because}: ${after}`);

  it('is a limit only where one is set', () => {
    expect(endings({}).some((ending) => ending.startsWith('max-requests'))).toBe(false);
    expect(endings({ maxRequests: 1000 })).toContain('max-requests: 1000 requests to one worker');
    expect(endings({ maxRequests: 1000, maxRequestsJitter: 50 })).toContain(
      'max-requests: 1000 to 1050 requests to one worker, which draws its own number when it starts',
    );
    expect(endings({ timeout: fromSeconds(0) }).some((ending) => ending.startsWith('timeout'))).toBe(false);
    expect(endings({ reload: true }).some((ending) => ending.startsWith('reload'))).toBe(true);
  });

  it('is the length of a request for sync workers only', () => {
    expect(endings({}).find((ending) => ending.startsWith('timeout'))).toContain('while it runs a request');
    expect(endings({ workerClass: 'gthread' }).find((ending) => ending.startsWith('timeout'))).toContain(
      'however long a request takes',
    );
  });

  it('loses requests at SIGQUIT, except with threads', () => {
    const stop = (more: Partial<GunicornDeployment>) =>
      endings(more).find((ending) => ending.startsWith('server-stop'));
    expect(stop({})).toMatch(/SIGQUIT to it: they are lost$/);
    expect(stop({ workerClass: 'gevent' })).toMatch(/they are lost$/);
    expect(stop({ workerClass: 'gthread' })).toMatch(/they are finished as well$/);
  });
});
