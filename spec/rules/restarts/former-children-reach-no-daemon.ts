import { answerToFormerChild } from '../../dispatch/former-generation.ts';
import { keepAliveOf } from '../../serving/keep-alive.ts';
import { routeOf } from '../configured.ts';
import { groupedBy, outcomeOf, type RequestHistory, requestHistories, seqsOf, succeeded } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';
import { serverSignalled } from './server-signals.ts';

export const formerChildrenReachNoDaemon: ApacheRule = {
  id: 'RELOAD-APACHE-03',
  level: 'must',
  area: 'restarts',
  says: 'A graceful restart gives the sockets of daemon groups new names unless WSGISocketRotation is Off, and new keys in any case, so that a request on a connection that an old child has kept reaches no new process: its client gets 503, or with WSGISocketRotation Off 500.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['request.sent', 'request.finished', 'act.performed'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_daemons, wsgi_connect_daemon and wsgi_hook_daemon_handler',
    'mod_wsgi manual, WSGISocketRotation, which promises that Off lets old children go on',
    'probed with httpd 2.4.71 and mod_wsgi 4.9.4 under prefork and worker: a kept connection over SIGUSR1',
  ],
  why: 'Each night when the logs are rotated some clients get an error, and the directive that is said to help only makes another error of it.',
  judge: (run) =>
    judgeEach(
      keptOver(run),
      'no connection was kept by a child over a graceful restart and carried a request to a daemon group',
      (request) => {
        const wanted = answerToFormerChild(run.deployment);
        return request.outcome?.kind === 'request.finished' && request.outcome.status === wanted
          ? null
          : {
              says: `${request.id} came by a connection from before a graceful restart and ${outcomeOf(request)}, which is not ${wanted}`,
              seqs: seqsOf(request),
            };
      },
    ),
};

/** Less than that before its KeepAliveTimeout nobody outside knows whether a connection is still there, in ms. */
const doubt = 1000;

/** Requests to daemon groups that surely came by a connection that a child has kept over one graceful restart and nothing else. */
function keptOver(run: ApacheRun): readonly RequestHistory[] {
  const { isOn, timeout, maxRequests } = keepAliveOf(run.deployment);
  // Event closes them at the restart. Source: httpd 2.4, event.c, process_keepalive_queue.
  if (!isOn || run.deployment.server.mpm === 'event' || maxRequests === 1) return [];
  const named = requestHistories(run.trace).filter(({ sent }) => sent.connection !== undefined);
  return [...groupedBy(named, ({ sent }) => sent.connection ?? '').values()].flatMap(([first, second]) => {
    if (!first?.outcome || !second?.outcome || !succeeded(first) || !leadsToDaemon(run, second)) return [];
    const { seq, at } = first.outcome;
    const meanwhile = serverSignalled(run.trace).filter((act) => act.seq > seq && act.from < second.sent.seq);
    const isOver = second.outcome.at - at > timeout - doubt;
    return meanwhile.length === 1 && meanwhile[0]?.signal === 'SIGUSR1' && !isOver && !isReconnected(second)
      ? [second]
      : [];
  });
}

/** A child that hears of the restart before it waits for the next request closes the connection. */
const isReconnected = ({ outcome }: RequestHistory): boolean =>
  outcome?.kind === 'request.finished' && outcome.reconnected === true;

const leadsToDaemon = (run: ApacheRun, request: RequestHistory): boolean => {
  const route = routeOf(run, request);
  return route.kind === 'application' && route.mount.processGroup !== '';
};
