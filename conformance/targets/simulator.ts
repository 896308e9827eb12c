/** The simulator of wsgiscope itself, which takes deployments of Apache. */
import { apacheOnly } from '../../spec/deployment.ts';
import { writeApache } from '../../src/config/apache/write.ts';
import { simulator } from '../../src/simulator/simulator.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';
import type { KitTarget } from '../kit/target.ts';
import { apacheOccasions } from './apache-occasions.ts';

export const simulatorTarget: KitTarget = {
  id: 'simulator',
  title: 'the simulator',
  find: async () => ({
    kind: 'found',
    version: 'the simulator',
    isVirtual: true,
    world: ({ seed, onEvent }) => {
      const world = simulator({ seed });
      return {
        ...world,
        run: async (scenario, signal) => {
          const trace = await world.run(scenario, signal);
          if (onEvent) trace.forEach(onEvent);
          return trace;
        },
      };
    },
    configuration: (deployment) => writeApache(apacheOnly(deployment)),
  }),
  deployments: anyDeployment({ scripts: ['/srv/www/shop.wsgi', '/srv/www/blog/blog.wsgi'], ports: [80, 8080] }),
  occasions: apacheOccasions.map(({ deployment }) => deployment),
  isPrompt: true,
};
