/** Deployments of Apache by the mode in which their applications run. */
import type fc from 'fast-check';
import { type ApacheDeployment, type ModWsgiRelease, type Mpm, mpms } from '../../spec/deployments/apache.ts';
import { mountsOf } from '../../spec/routing/mounts.ts';
import { anyDeployment } from './deployments.ts';

export const modes = ['embedded', 'daemon'] as const;
export type Mode = (typeof modes)[number];

export interface ModeParameters {
  /** Any unless given. */
  readonly mpm?: Mpm;
  readonly modWsgi?: ModWsgiRelease;
}

/** Deployments in which at least one URL reaches an application, and every one that does so reaches it in this mode. */
export const anyOfMode = (mode: Mode, { mpm, modWsgi = '4.9' }: ModeParameters = {}): fc.Arbitrary<ApacheDeployment> =>
  anyDeployment({
    scripts: ['/srv/www/shop.wsgi', '/srv/www/blog/blog.wsgi'],
    ports: [80, 8080],
    mpms: mpm === undefined ? mpms : [mpm],
    modWsgi,
  })
    .filter((deployment) => isOfMode(deployment, mode))
    .map((deployment) => (deployment.server.mpm === 'event' ? withoutRetiring(deployment) : deployment));

function isOfMode(deployment: ApacheDeployment, mode: Mode): boolean {
  const reached = mountsOf(deployment).flatMap(({ route }) => (route?.kind === 'application' ? [route.mount] : []));
  return reached.length > 0 && reached.every(({ processGroup }) => (processGroup === '') === (mode === 'embedded'));
}

/** A child of event that retires after its last connection may lose the next one. */
const withoutRetiring = (deployment: ApacheDeployment): ApacheDeployment => ({
  ...deployment,
  children: { ...deployment.children, maxConnectionsPerChild: 0 },
});
