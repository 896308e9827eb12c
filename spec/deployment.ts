/**
 * What a configuration means, whatever server it was written for. Each server has its own words and its own file in
 * {@link file://./deployments}; what all have in common is worked out from there.
 */
import type { ApacheDeployment } from './deployments/apache.ts';
import type { GunicornDeployment } from './deployments/gunicorn.ts';
import type { PlainDeployment } from './deployments/plain.ts';
import type { UwsgiDeployment } from './deployments/uwsgi.ts';
import type { WorkerApplication } from './deployments/worker-application.ts';
import { assertNever } from './vocabulary.ts';

export type Deployment = ApacheDeployment | WorkerDeployment;

/** A server all of whose workers are alike, and take requests from one queue. */
export type WorkerDeployment = GunicornDeployment | UwsgiDeployment | PlainDeployment;

/** Its applications, in the order loaded. */
export function applicationsOf(deployment: WorkerDeployment): readonly [WorkerApplication, ...WorkerApplication[]] {
  switch (deployment.kind) {
    case 'gunicorn':
    case 'plain':
      return [deployment.application];
    case 'uwsgi':
      return deployment.applications;
    default:
      return assertNever(deployment);
  }
}

/**
 * What was deployed, where a caller can only deal with Apache.
 * @throws TypeError for any other server: a bug of the caller, who was to look first.
 */
export function apacheOnly(deployment: Deployment): ApacheDeployment {
  if (deployment.kind !== 'apache') throw new TypeError(`needs a deployment of Apache, got ${deployment.kind}`);
  return deployment;
}
