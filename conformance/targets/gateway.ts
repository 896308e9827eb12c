/** The gateway of wsgiscope itself, which runs deployments of Apache. */
import { apacheOnly } from '../../spec/deployment.ts';
import { mpms } from '../../spec/deployments/apache.ts';
import { writeApache } from '../../src/config/apache/write.ts';
import { gatewayWorld } from '../../src/gateway/gateway-world.ts';
import { findPython } from '../../src/gateway/processes/python.ts';
import { anyOfMode } from '../arbitraries/modes.ts';
import type { Found, KitTarget } from '../kit/target.ts';
import { occasionsOf } from './apache-occasions.ts';

export const gatewayTargets: readonly KitTarget[] = [
  ...mpms.map(
    (mpm): KitTarget => ({
      id: `gateway-${mpm}-embedded`,
      title: `the gateway as the ${mpm} MPM, applications embedded`,
      find,
      deployments: anyOfMode('embedded', { mpm }),
      get rareOccasions() {
        return occasionsOf(mpm, 'embedded', 'any');
      },
      isPrompt: true,
    }),
  ),
  {
    id: 'gateway-daemon',
    title: 'the gateway, applications in daemon processes',
    find,
    deployments: anyOfMode('daemon'),
    get rareOccasions() {
      return mpms.flatMap((mpm) => occasionsOf(mpm, 'daemon', 'any'));
    },
    isPrompt: true,
  },
];

async function find(): Promise<Found> {
  try {
    const { version } = await findPython();
    return {
      kind: 'found',
      version: `the gateway on CPython ${version}`,
      world: ({ onEvent, onLog }) =>
        gatewayWorld({
          ...(onEvent ? { onEvent } : {}),
          ...(onLog ? { log: (source, line) => onLog(`${source}: ${line}`) } : {}),
        }),
      configuration: (deployment) => writeApache(apacheOnly(deployment)),
    };
  } catch (error) {
    const [what = '', fix = ''] = (error instanceof Error ? error.message : String(error)).split(/\n\s*fix: /);
    return { kind: 'missing', what, fix };
  }
}
