import { outcomeOf, seqsOf } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';
import { type Latecomer, latecomersOf, queuedIn } from './full-groups.ts';

/** A world that does not show its queue has read a request for certain so long after it was sent, in ms. */
const surelyRead = 2000;

export const queueTimeoutIsLookedAtByTheThread: ApacheRule = {
  id: 'DISP-QUEUE-01',
  level: 'must',
  area: 'dispatch',
  says: 'queue-timeout is looked at only when a daemon thread takes the request, so that a request may wait far longer before it is dropped with 504.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_hook_daemon_handler', 'mod_wsgi manual, WSGIDaemonProcess, queue-timeout'],
  why: 'It spares a recovering application the requests nobody waits for; it does not shorten the wait of anybody.',
  judge: (run) =>
    judgeEach(
      latecomersOf(run).filter(isOverdue),
      'no request waited longer than queue-timeout for a thread',
      (latecomer) => objection(run, latecomer),
    ),
};

/** It waited longer than it may, for all that can be known; or it was dropped, which asks whether that was right. */
function isOverdue({ request: { sent, outcome }, group, relief }: Latecomer): boolean {
  if (group.queueTimeout === 0 || outcome === null) return false;
  // Another 504 would be that of socket-timeout, and Apache's own Timeout is a minute.
  if (group.socketTimeout > 0 || outcome.at - sent.at > 50_000) return false;
  const isDropped = outcome.kind === 'request.finished' && outcome.status === 504;
  return isDropped || (relief !== null && relief.at - sent.at > group.queueTimeout);
}

function objection(run: ApacheRun, latecomer: Latecomer) {
  const { request, group, relief } = latecomer;
  const { sent, outcome, observed } = request;
  if (outcome === null) return null;
  const seqs = [...seqsOf(request), ...(relief ? [relief.seq] : [])];
  if (outcome.kind === 'request.finished' && outcome.status === 504) {
    if (relief === null || relief.seq > outcome.seq)
      return { says: `${request.id} was dropped while every thread of ${group.name} was busy`, seqs };
    if (outcome.at - sent.at <= group.queueTimeout)
      return {
        says: `${request.id} was dropped after ${outcome.at - sent.at} ms, queue-timeout is ${group.queueTimeout} ms`,
        seqs,
      };
    return null;
  }
  const readAt = queuedIn(run, latecomer)?.at ?? sent.at + surelyRead;
  if (relief === null || relief.at - readAt <= group.queueTimeout) return null;
  return observed.length > 0
    ? { says: `${request.id} waited ${relief.at - readAt} ms for ${group.name} and ${outcomeOf(request)}`, seqs }
    : null;
}
