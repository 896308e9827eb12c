/** Traps in what ends a worker. */
import { toSeconds } from '../../../../spec/vocabulary.ts';
import { counted } from '../wording.ts';
import type { UwsgiHazard } from './scene.ts';

export const youngWorkersGoOn: UwsgiHazard = {
  code: 'HAZ221',
  title: 'max-requests is not the most',
  explanation:
    'A worker that has had max-requests goes on until it is min-worker-lifetime old, 10 seconds unless said otherwise. Under load, and in every test, it serves more requests than the option says.',
  source: 'rule LIFE-UWSGI-01; uWSGI 2.0, core/utils.c, uwsgi_close_request',
  find: ({ deployment, place }) => {
    const { maxRequests, minWorkerLifetime } = deployment;
    if (maxRequests === 0 || minWorkerLifetime === 0) return [];
    return [
      {
        at: place('max-requests'),
        severity: 'info',
        message: `a worker serves more than ${counted(maxRequests, 'request')} until it is ${toSeconds(minWorkerLifetime)} s old`,
        fix: 'write min-worker-lifetime = 0 if the number must hold',
      },
    ];
  },
};

export const harakiriOfAll: UwsgiHazard = {
  code: 'HAZ222',
  title: 'harakiri kills every request of the worker',
  explanation:
    'There is one clock for each worker, not for each request: every request that begins or ends in any of its threads sets it back, so that traffic can keep a stuck request alive for ever. When it does run out, the worker is killed, and the requests of all its threads get no answer.',
  source: 'rule LIFE-UWSGI-05; uWSGI 2.0, core/utils.c, set_harakiri',
  find: ({ deployment, place }) => {
    const { harakiri, threads, async } = deployment;
    const atOnce = threads > 1 ? threads : async;
    return harakiri === 0 || atOnce === 1
      ? []
      : [
          {
            at: place('harakiri'),
            severity: 'warning',
            message: `harakiri is one clock for the ${atOnce} requests of a worker: others set it back, and when it runs out all are lost`,
            fix: 'use threads = 1 and more processes where single requests must be limited',
          },
        ];
  },
};

export const harakiriWhileUploading: UwsgiHazard = {
  code: 'HAZ223',
  title: 'harakiri during uploads',
  explanation:
    'The clock runs while the body of a request is read. A client that sends slowly has its worker killed, unless the body is read before the application is called, or by a web server in front. uWSGI says so itself when it starts.',
  source: 'uWSGI 2.0, core/init.c, sanitize_args',
  find: ({ deployment, all, place }) =>
    deployment.harakiri === 0 || all('post-buffering').length > 0
      ? []
      : [
          {
            at: place('harakiri'),
            severity: 'info',
            message: `an upload that takes longer than ${toSeconds(deployment.harakiri)} s has its worker killed`,
            fix: 'write post-buffering = 8192, or let a web server in front read the body first',
          },
        ],
};

/** Source: uWSGI 2.0, plugins/http/http.c, http_init: socket_timeout. */
const routersPatience = 60;

export const routerGivesUp: UwsgiHazard = {
  code: 'HAZ224',
  title: 'The router gives up before the worker',
  explanation:
    'The http router closes a connection on which nothing moves for http-timeout, 60 seconds unless said otherwise. The worker does not notice and works on; harakiri beyond that only frees the worker later than the client went away.',
  source: 'uWSGI 2.0, plugins/http/http.c, http_init and hr_write; manual, HTTP support',
  find: ({ deployment, all, place }) => {
    const { harakiri, listens } = deployment;
    const written = all('http-timeout').at(-1)?.value;
    const patience = written == null ? routersPatience : Number.parseInt(written, 10) || routersPatience;
    if (!listens.some(({ protocol }) => protocol === 'http') || toSeconds(harakiri) <= patience) return [];
    return [
      {
        at: place('harakiri'),
        severity: 'warning',
        message: `clients of the router get no answer after ${patience} s, long before harakiri = ${toSeconds(harakiri)}`,
        fix: `write http-timeout = ${toSeconds(harakiri)} or more`,
      },
    ];
  },
};
