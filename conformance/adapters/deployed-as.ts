/** Which deployments an adapter takes. */
import type { Deployment } from '../../spec/deployment.ts';

/**
 * A deployment of the one kind that a server is deployed with.
 * @param server - As a message names it.
 * @throws TypeError for any other: a bug of the caller.
 */
export function deployedAs<K extends Deployment['kind']>(
  kind: K,
  deployment: Deployment,
  server: string,
): Extract<Deployment, { readonly kind: K }> {
  if (deployment.kind === kind) return deployment as Extract<Deployment, { readonly kind: K }>;
  throw new TypeError(`needs a deployment of ${server}, got ${deployment.kind}`);
}

/** @throws RangeError where it listens on several ports. */
export function onOnePort<D extends Extract<Deployment, { readonly kind: 'plain' }>>(deployment: D, server: string): D {
  if (deployment.listens.length === 1) return deployment;
  throw new RangeError(`${server} listens on one port here`);
}
