/**
 * Which application of a server of workers answers a path, and what it is told of it.
 * Sources: gunicorn 20.1, http/wsgi.py, create; uWSGI 2.0.21, core/protocol.c, uwsgi_parse_vars (`manage_script_name`),
 * plugins/python/wsgi_handlers.c, uwsgi_request_wsgi (`default_app`), pyloader.c, init_uwsgi_app. Probed with uWSGI 2.0.21.
 */
import { applicationsOf, type WorkerDeployment } from '../deployment.ts';
import type { UwsgiDeployment } from '../deployments/uwsgi.ts';
import type { WorkerApplication } from '../deployments/worker-application.ts';
import type { ApplicationGroup } from '../vocabulary.ts';

export type WorkerRoute =
  | {
      readonly kind: 'application';
      readonly application: WorkerApplication;
      /** `''` is the main interpreter. */
      readonly applicationGroup: ApplicationGroup;
      readonly scriptName: string;
      readonly pathInfo: string;
    }
  /** The server answers by itself. */
  | { readonly kind: 'refused'; readonly status: number };

export function routeToWorker(deployment: WorkerDeployment, path: string): WorkerRoute {
  const [first] = applicationsOf(deployment);
  switch (deployment.kind) {
    case 'gunicorn':
      return routed(deployment, first, '', path);
    case 'plain':
      return isBelow(path, first.url)
        ? routed(deployment, first, first.url, path.slice(first.url.length))
        : routed(deployment, first, '', path);
    case 'uwsgi': {
      const found = deployment.manageScriptName ? longestMount(deployment, path) : undefined;
      if (found) return routed(deployment, found, found.url, path.slice(found.url.length));
      const whole = deployment.applications.find(({ url }) => url === '');
      // The first one loaded is the default one, whatever it is mounted on: `appid_len = 1` assigns.
      const fallback = whole ?? (deployment.noDefaultApp ? undefined : first);
      return fallback ? routed(deployment, fallback, '', path) : { kind: 'refused', status: 500 };
    }
  }
}

/**
 * The interpreter of an application in each worker: the first one loaded has the main one, each further one its own.
 * Source: rule ISO-UWSGI-01.
 */
export const interpreterOf = (deployment: WorkerDeployment, application: WorkerApplication): ApplicationGroup =>
  deployment.kind !== 'uwsgi' || deployment.singleInterpreter || application === deployment.applications[0]
    ? ''
    : application.url || '/';

const routed = (
  deployment: WorkerDeployment,
  application: WorkerApplication,
  scriptName: string,
  pathInfo: string,
): WorkerRoute => ({
  kind: 'application',
  application,
  applicationGroup: interpreterOf(deployment, application),
  scriptName,
  pathInfo,
});

const longestMount = ({ applications }: UwsgiDeployment, path: string): WorkerApplication | undefined =>
  applications
    .filter(({ url }) => url !== '' && path.length > 1 && isBelow(path, url))
    .reduce<WorkerApplication | undefined>(
      (best, one) => (best && best.url.length >= one.url.length ? best : one),
      undefined,
    );

const isBelow = (path: string, url: string): boolean => path === url || path.startsWith(`${url}/`);
