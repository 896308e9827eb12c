/** Deployments of gunicorn as its reader makes them: every setting in bounds, and threads only where the class has some. */
import fc from 'fast-check';
import { type GunicornDeployment, gunicornReleases, gunicornWorkerClasses } from '../../spec/deployments/gunicorn.ts';
import { fromSeconds } from '../../spec/vocabulary.ts';

const anySeconds = fc.nat({ max: 120 }).map(fromSeconds);

export const anyGunicornDeployment: fc.Arbitrary<GunicornDeployment> = fc
  .record({
    release: fc.constantFrom(...gunicornReleases),
    listens: fc.uniqueArray(
      fc.oneof(
        fc.record({
          address: fc.constantFrom('127.0.0.1', '0.0.0.0', '::1', 'localhost'),
          port: fc.integer({ min: 1024, max: 65_535 }),
        }),
        fc.constant({ address: 'unix:/run/shop.sock', port: 0 }),
      ),
      { minLength: 1, maxLength: 3, selector: ({ address, port }) => `${address}:${port}` },
    ),
    application: fc.record({
      url: fc.constantFrom('', '/shop'),
      script: fc.constantFrom('/srv/shop/wsgi.py', '/srv/app.py'),
      module: fc.constant('shop.wsgi'),
      callable: fc.constantFrom('application', 'create_app()'),
    }),
    workerClass: fc.constantFrom(...gunicornWorkerClasses),
    workers: fc.integer({ min: 1, max: 9 }),
    threads: fc.integer({ min: 1, max: 8 }),
    workerConnections: fc.integer({ min: 1, max: 1000 }),
    backlog: fc.constantFrom(64, 2048),
    maxRequests: fc.constantFrom(0, 1, 1000),
    maxRequestsJitter: fc.constantFrom(0, 50),
    timeout: anySeconds,
    gracefulTimeout: anySeconds,
    keepAlive: anySeconds,
    preloadApp: fc.boolean(),
    reload: fc.boolean(),
    daemon: fc.boolean(),
    chdir: fc.constantFrom(null, '/srv/shop'),
    procName: fc.constantFrom(null, 'shop'),
  })
  .map((settings) => ({
    kind: 'gunicorn',
    ...settings,
    requestedClass: settings.workerClass,
    threads: settings.workerClass === 'gthread' ? settings.threads : 1,
    others: {},
  }));
