/** How texts and drawings name the parts of a deployment. */

import type { PredictedMount, PredictedServer } from '../../spec/predict.ts';
import type { RefusalReason } from '../../spec/routing/route.ts';
import type { Gil } from '../../spec/serving/gil.ts';
import { assertNever } from '../../spec/vocabulary.ts';

/** A server with what decides its process model: `Apache 2.4, event MPM, mod_wsgi 4.9`. */
export function serverTitle(server: PredictedServer): string {
  switch (server.kind) {
    case 'apache':
      return `Apache ${server.version}, ${server.mpm} MPM, mod_wsgi ${server.modWsgi}`;
    case 'gunicorn':
      return `gunicorn ${server.version}, ${server.workerClass} workers`;
    case 'uwsgi':
      return `uWSGI ${server.version}`;
    default:
      return assertNever(server);
  }
}

/** What one of its processes runs requests in. */
export const slotWord = (server: PredictedServer): 'thread' | 'greenlet' =>
  server.kind === 'gunicorn' && server.workerClass === 'gevent' ? 'greenlet' : 'thread';

/** A group of processes. */
export function groupTitle({ mode, processGroup }: Pick<PredictedMount, 'mode' | 'processGroup'>): string {
  switch (mode) {
    case 'embedded':
      return 'Apache children (embedded)';
    case 'daemon':
      return `process group ${processGroup}`;
    case 'worker':
      return 'workers';
    default:
      return assertNever(mode);
  }
}

/** The same in a table, where the heading says what it is. */
export const groupName = ({ mode, processGroup }: Pick<PredictedMount, 'mode' | 'processGroup'>): string =>
  mode === 'worker' ? 'workers' : processGroup || '(embedded)';

/** An interpreter. `%{GLOBAL}` is mod_wsgi's word for the main one. */
export const interpreterTitle = ({
  mode,
  applicationGroup,
}: Pick<PredictedMount, 'mode' | 'applicationGroup'>): string =>
  applicationGroup !== ''
    ? `interpreter ${applicationGroup}`
    : mode === 'worker'
      ? 'main interpreter'
      : 'main interpreter (%{GLOBAL})';

/** `2 processes with 4 threads each`. */
export function poolWords({ processes: { min, max }, threads }: PredictedMount, slot: string): string {
  const count = min === max ? String(min) : `${min} to ${max}`;
  const each = max === 1 ? '' : ' each';
  return `${count} ${max === 1 ? 'process' : 'processes'} with ${threads} ${threads === 1 ? slot : `${slot}s`}${each}`;
}

/** Who imports it, where servers differ in that; nothing for Apache, which loads a script when it is first asked for. */
export function loadsWords({ mode, loads }: Pick<PredictedMount, 'mode' | 'loads'>): string {
  if (mode !== 'worker') return '';
  return loads === 'before-fork' ? ', imported once before the fork' : ', imported by each process';
}

/** A mount's name for people: a socket in the file system has no port. */
export const nameWords = (name: string): string => name.replace(/^(unix:[^:]*):0(?=\/)/, '$1 ');

/** Where mounts are asked: `localhost:8000`, or `unix:/run/shop.sock`. */
export const placeWords = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  host.startsWith('unix:') ? host : `${host}:${port}`;

/** What is special about the lock of an interpreter; nothing where it is the usual one. */
export function gilWords(gil: Gil): string {
  switch (gil) {
    case 'shared':
      return '';
    case 'own':
      return ', with a GIL of its own (CPython 3.12 and later)';
    case 'none':
      return ', without a GIL (free-threaded builds of CPython)';
  }
}

/** What a client gets where no application answers. */
export function answerWords({ answer, processGroup }: PredictedMount): string {
  switch (answer.kind) {
    case 'application':
      return 'the application';
    case 'unanswered':
      return `${answer.status} after a timeout: process group ${processGroup} takes no requests`;
    case 'refused':
      return `${answer.status}: ${reasons[answer.why](processGroup)}`;
  }
}

const reasons: Readonly<Record<RefusalReason, (processGroup: string) => string>> = {
  'process-group-undefined': (name) => `there is no process group ${name}`,
  'process-group-of-another-host': (name) => `process group ${name} belongs to another virtual host`,
  'process-group-restricted': (name) =>
    `WSGIRestrictProcess forbids ${name === '' ? 'embedded mode' : `process group ${name}`}`,
  'embedded-restricted': () => 'WSGIRestrictEmbedded forbids embedded mode',
  'access-denied': () => 'access is denied',
  'script-not-absolute': () => 'the path of the script does not begin with a slash',
  'no-application': () => 'no application is mounted there, and no-default-app is set',
};
