/**
 * What the applications of gunicorn and uWSGI will see. All workers are alike, and each has every application: there is
 * one kind of process, and only uWSGI puts several interpreters into it.
 */
import { applicationsOf } from '../deployment.ts';
import type { GunicornDeployment } from '../deployments/gunicorn.ts';
import type { Listen } from '../deployments/listen.ts';
import type { UwsgiDeployment } from '../deployments/uwsgi.ts';
import type { WorkerApplication } from '../deployments/worker-application.ts';
import type { Loads, PredictedMount, PredictedServer, Prediction } from '../predict.ts';
import { mountName } from '../routing/mounts.ts';
import { assertNever } from '../vocabulary.ts';
import { workersOf } from '../workers.ts';
import type { EndingCause } from './endings.ts';
import { endingsOfGunicorn } from './gunicorn-endings.ts';
import { sharingOf } from './sharing.ts';
import { endingsOfUwsgi } from './uwsgi-endings.ts';
import { type AnsweredUrl, uwsgiUrls } from './uwsgi-urls.ts';

/** The servers of workers whose configurations can be read. */
export type ConfiguredWorkers = GunicornDeployment | UwsgiDeployment;

/**
 * Predicts one deployment: a mount for each application at each address, in the order of the addresses.
 * @param configured - How many processes somebody wrote, null where nobody did; the deployment does not know.
 */
export function predictWorkers(
  deployment: ConfiguredWorkers,
  configured: number | null = workersOf(deployment).processes.max,
): Prediction {
  const { processes, threads, flags } = workersOf(deployment);
  const mounts = deployment.listens.flatMap((listen) =>
    urlsOf(deployment, listen).map(
      ({ url, application, isAnswered, neverRuns }): PredictedMount => ({
        host: hostOf(listen.address),
        port: listen.port,
        url: url === '' ? '/' : url,
        script: application.script,
        callable: application.callable,
        mode: 'worker',
        processGroup: '',
        applicationGroup: interpreterOf(deployment, application),
        ...(isAnswered
          ? { processes: { ...processes, configured }, threads, ...flags, answer: { kind: 'application' } }
          : { ...nobody, answer: { kind: 'refused', status: 500, why: 'no-application' } }),
        scriptReloading: false,
        gil: 'shared',
        loads: loadsOf(deployment),
        neverRuns,
      }),
    ),
  );
  const causes = endingsOfWorkers(deployment);
  return {
    server: serverOf(deployment),
    mounts,
    patterns: [],
    files: [],
    sharing: sharingOf(mounts),
    endings: mounts
      .filter((mount) => mount.answer.kind === 'application')
      .flatMap((mount) => causes.map((cause) => ({ of: mountName(mount), ...cause }))),
  };
}

/** Who answers a URL at one address. */
const urlsOf = (deployment: ConfiguredWorkers, listen: Listen): readonly AnsweredUrl[] =>
  deployment.kind === 'uwsgi'
    ? uwsgiUrls(deployment, listen)
    : applicationsOf(deployment).map((application) => ({
        url: application.url,
        application,
        isAnswered: true,
        neverRuns: [],
      }));

const nobody = {
  processes: { min: 0, max: 0, configured: null },
  threads: 0,
  multithread: false,
  multiprocess: false,
  runOnce: false,
};

function serverOf(deployment: ConfiguredWorkers): PredictedServer {
  switch (deployment.kind) {
    case 'gunicorn':
      return { kind: 'gunicorn', version: deployment.release, workerClass: deployment.workerClass };
    case 'uwsgi':
      return { kind: 'uwsgi', version: deployment.release };
    default:
      return assertNever(deployment);
  }
}

/** Where it can be asked on this machine: an address that stands for all of them is reached as localhost. */
const hostOf = (address: string): string =>
  address === '' || address === '*' || address === '0.0.0.0' || address === '::' || address === '[::]'
    ? 'localhost'
    : address;

/** `''` is the main interpreter. Source: rules ISO-UWSGI-*: the first application gets it, each further one its own. */
const interpreterOf = (deployment: ConfiguredWorkers, application: WorkerApplication): string =>
  deployment.kind === 'gunicorn' || deployment.singleInterpreter || application === deployment.applications[0]
    ? ''
    : application.url || '/';

/** Source: rules ISO-GUNI-01 and ISO-UWSGI-02. */
const loadsOf = (deployment: ConfiguredWorkers): Loads =>
  (deployment.kind === 'gunicorn' ? deployment.preloadApp : !deployment.lazyApps && !deployment.lazy)
    ? 'before-fork'
    : 'process-start';

function endingsOfWorkers(deployment: ConfiguredWorkers): readonly EndingCause[] {
  switch (deployment.kind) {
    case 'gunicorn':
      return endingsOfGunicorn(deployment);
    case 'uwsgi':
      return endingsOfUwsgi(deployment);
    default:
      return assertNever(deployment);
  }
}
