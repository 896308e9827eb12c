/** How texts and drawings name the parts of a deployment. */

import type { PredictedMount } from '../../spec/predict.ts';
import type { RefusalReason } from '../../spec/routing/route.ts';
import type { Gil } from '../../spec/serving/gil.ts';

/** A group of processes. */
export const groupTitle = (processGroup: string): string =>
  processGroup === '' ? 'Apache children (embedded)' : `process group ${processGroup}`;

/** An interpreter. */
export const interpreterTitle = (applicationGroup: string): string =>
  applicationGroup === '' ? 'main interpreter (%{GLOBAL})' : `interpreter ${applicationGroup}`;

/** `2 processes with 4 threads each`. */
export function poolWords({ processes: { min, max }, threads }: PredictedMount): string {
  const count = min === max ? String(min) : `${min} to ${max}`;
  const each = max === 1 ? '' : ' each';
  return `${count} ${max === 1 ? 'process' : 'processes'} with ${threads} ${threads === 1 ? 'thread' : 'threads'}${each}`;
}

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
};
