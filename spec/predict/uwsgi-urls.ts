/**
 * Which application of uWSGI answers which URL. It looks for the one mounted at SCRIPT_NAME, which is empty for clients of
 * HTTP unless manage-script-name fills it from the URL; where there is none, the first application is the default one.
 * Sources: uWSGI 2.0, core/protocol.c, uwsgi_parse_vars; core/utils.c, uwsgi_get_app_id; plugins/python/wsgi_handlers.c,
 * uwsgi_request_wsgi; pyloader.c, init_uwsgi_app, which makes an application the default one.
 */

import type { Listen } from '../deployments/listen.ts';
import type { UwsgiDeployment, UwsgiListen } from '../deployments/uwsgi.ts';
import type { WorkerApplication } from '../deployments/worker-application.ts';

export interface AnsweredUrl {
  /** A prefix; `''` is every URL that no other prefix takes. */
  readonly url: string;
  readonly application: WorkerApplication;
  /** Whether a request gets there at all; where not, the answer is 500. */
  readonly isAnswered: boolean;
  /** Scripts that were mounted there for nothing. */
  readonly neverRuns: readonly string[];
}

/** Everything a client can tell apart at one address: each prefix, and the rest. */
export function uwsgiUrls(deployment: UwsgiDeployment, listen: Listen | UwsgiListen): readonly AnsweredUrl[] {
  const { applications, manageScriptName, noDefaultApp } = deployment;
  const [first] = applications;
  const atRoot = applications.find(({ url }) => url === '') ?? null;
  // Only one that is mounted on a path or nowhere becomes the default.
  const standard = noDefaultApp ? null : (applications.find(({ url }) => url === '' || url.startsWith('/')) ?? null);
  // A web server in front that speaks uwsgi says itself what SCRIPT_NAME is.
  const isTold = 'protocol' in listen && (listen.protocol === 'uwsgi' || listen.protocol === 'other');
  const own = (application: WorkerApplication): AnsweredUrl => ({
    url: application.url,
    application,
    isAnswered: true,
    neverRuns: [],
  });
  const rest = atRoot ?? standard;
  const root: AnsweredUrl = { url: '', application: rest ?? first, isAnswered: rest !== null, neverRuns: [] };
  if (manageScriptName || isTold) return atRoot ? applications.map(own) : [...applications.map(own), root];
  const hidden = applications.filter(({ url }) => url !== '');
  return [
    root,
    ...hidden.map(
      (application): AnsweredUrl => ({
        url: application.url,
        application: rest ?? application,
        isAnswered: rest !== null,
        neverRuns: application === rest ? [] : [application.script],
      }),
    ),
  ];
}
