/** Deployments of gunicorn, uWSGI and plain servers that start, small enough to run, with timeouts that keep runs short. */

import fc from 'fast-check';
import { defaultUwsgi } from '../../spec/deployments/defaults.ts';
import type { GunicornDeployment, GunicornRelease, GunicornWorkerClass } from '../../spec/deployments/gunicorn.ts';
import type { PlainDeployment, PlainPromises } from '../../spec/deployments/plain.ts';
import type { UwsgiDeployment, UwsgiRelease } from '../../spec/deployments/uwsgi.ts';
import type { WorkerApplication } from '../../spec/deployments/worker-application.ts';
import { fromSeconds } from '../../spec/vocabulary.ts';

const listens = [{ address: '127.0.0.1', port: 8000 }] as const;

/** Scripts and the modules they are imported as; neither is the package of the other, for a Python imports one of a name. */
const modules = [
  { script: '/srv/shop.py', module: 'shop' },
  { script: '/srv/site/blog/wsgi.py', module: 'blog.wsgi' },
] as const;

/** The first of them, at every URL. */
export const shop: WorkerApplication = { url: '', callable: 'application', ...modules[0] };

const anyModule: fc.Arbitrary<WorkerApplication> = fc
  .record({
    url: fc.constant(''),
    callable: fc.constantFrom('application', 'app'),
    of: fc.constantFrom(...modules),
  })
  .map(({ of, ...rest }) => ({ ...rest, ...of }));

export interface GunicornParameters {
  readonly workerClass: GunicornWorkerClass;
  readonly release?: GunicornRelease;
}

/** 1 to 3 workers with 1 to 3 threads, or as many connections where they are greenlets. */
export const anyGunicorn = ({ workerClass, release = '20.1' }: GunicornParameters): fc.Arbitrary<GunicornDeployment> =>
  fc
    .record({
      application: anyModule,
      workers: fc.integer({ min: 1, max: 3 }),
      threads: workerClass === 'gthread' ? fc.integer({ min: 1, max: 3 }) : fc.constant(1),
      workerConnections: workerClass === 'gevent' ? fc.integer({ min: 2, max: 4 }) : fc.constant(1000),
      maxRequests: fc.constantFrom(0, 0, 0, 3, 5),
      maxRequestsJitter: fc.constantFrom(0, 0, 2),
      timeout: fc.constantFrom(30, 30, 30, 0, 3).map(fromSeconds),
      gracefulTimeout: fc.constantFrom(1, 2).map(fromSeconds),
      keepAlive: fc.constantFrom(2, 2, 0).map(fromSeconds),
      preloadApp: fc.boolean(),
    })
    .chain((chosen) =>
      fc
        .constantFrom<GunicornWorkerClass>(workerClass, ...(chosen.threads > 1 ? (['sync'] as const) : []))
        .map((requestedClass) => ({ ...chosen, requestedClass })),
    )
    .map((chosen) => ({
      kind: 'gunicorn',
      release,
      listens,
      workerClass,
      backlog: 2048,
      reload: false,
      daemon: false,
      chdir: null,
      procName: null,
      others: {},
      ...chosen,
    }));

export interface UwsgiParameters {
  readonly release?: UwsgiRelease;
  /** What sets the deployments apart: several processes, threads, loading after the fork, several interpreters. */
  readonly about: 'processes' | 'threads' | 'lazy-apps' | 'interpreters';
}

/** 1 to 3 workers with a thread each, 1 or 2 with 2 or 3 threads; one application, or several below prefixes. */
export const anyUwsgi = ({ about, release = '2.0.21' }: UwsgiParameters): fc.Arbitrary<UwsgiDeployment> => {
  const hasThreads = about === 'threads';
  return fc
    .record({
      applications: about === 'interpreters' ? anyMounts : anyModule.map((one) => [one] as const),
      processes: fc.integer({ min: 1, max: hasThreads || about === 'interpreters' ? 2 : 3 }),
      threads: hasThreads ? fc.integer({ min: 2, max: 3 }) : fc.constant(1),
      enableThreads: fc.boolean(),
      lazyApps: about === 'lazy-apps' ? fc.constant(true) : about === 'processes' ? fc.constant(false) : fc.boolean(),
      singleInterpreter: about === 'interpreters' ? fc.boolean() : fc.constant(false),
      maxRequests: fc.constantFrom(0, 0, 0, 3),
      minWorkerLifetime: fc.constantFrom(10, 10, 1).map(fromSeconds),
      dieOnTerm: fc.boolean(),
    })
    .map((chosen) => ({
      ...quietUwsgi,
      ...chosen,
      release,
      enableThreads: chosen.enableThreads || chosen.threads > 1,
      manageScriptName: about === 'interpreters',
    }));
};

/** Several applications: of one script or of two, with one for every other URL or with none. */
const anyMounts: fc.Arbitrary<UwsgiDeployment['applications']> = (() => {
  const [one, other] = modules;
  const at = (url: string, of: (typeof modules)[number]): WorkerApplication => ({
    url,
    callable: 'application',
    ...of,
  });
  return fc.constantFrom<UwsgiDeployment['applications'][]>(
    [at('/a', one), at('/b', other)],
    [at('/a', one), at('/b', one)],
    [at('', one), at('/b', other)],
    [at('/a', one), at('/b', other), at('/c', one)],
  );
})();

/** A server with a master and nothing but defaults, except that it does not wait long for workers that go. */
export const quietUwsgi: Omit<UwsgiDeployment, 'applications'> = {
  ...defaultUwsgi,
  listens: [{ ...listens[0], protocol: 'http-socket' }],
  master: true,
  workerReloadMercy: fromSeconds(2),
};

export interface PlainParameters {
  readonly server: string;
  readonly threads: fc.Arbitrary<number>;
  /** 1 unless given. */
  readonly processes?: fc.Arbitrary<number>;
  readonly promises?: PlainPromises;
}

export const anyPlain = ({
  server,
  threads,
  processes = fc.constant(1),
  promises = { countsProcesses: true, countsThreads: true, replacesProcesses: false, reloadsOn: null },
}: PlainParameters): fc.Arbitrary<PlainDeployment> =>
  fc
    .record({ application: anyModule, processes, threads })
    .map((chosen) => ({ kind: 'plain', server, listens, promises, ...chosen }));
