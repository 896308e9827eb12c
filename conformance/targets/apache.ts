/** Apache with mod_wsgi: each MPM, with everything embedded and with everything in daemon processes. */
import { apacheOnly } from '../../spec/deployment.ts';
import { mpms } from '../../spec/deployments/apache.ts';
import { writeApache } from '../../src/config/apache/write.ts';
import { apacheVersion, apacheWorld } from '../adapters/apache.ts';
import { anyOfMode, modes } from '../arbitraries/modes.ts';
import type { KitTarget } from '../kit/target.ts';
import { findApache } from '../servers/find-apache.ts';
import { occasionsOf } from './apache-occasions.ts';

export const apacheTargets: readonly KitTarget[] = mpms.flatMap((mpm) =>
  modes.map((mode): KitTarget => {
    return {
      id: `apache-${mpm}-${mode}`,
      title: `Apache with the ${mpm} MPM, applications ${mode === 'embedded' ? 'embedded' : 'in daemon processes'}`,
      find: async () => {
        const apache = findApache();
        return apache === null
          ? {
              kind: 'missing',
              what: 'Apache with mod_wsgi',
              fix: 'apt-get install apache2 libapache2-mod-wsgi-py3',
            }
          : {
              kind: 'found',
              version: `Apache ${apacheVersion(apache)} with mod_wsgi ${apache.modWsgi.version}`,
              world: ({ onEvent, onLog }) =>
                apacheWorld({ mpm, apache, ...(onEvent ? { onEvent } : {}), ...(onLog ? { onLog } : {}) }),
              configuration: (deployment) => writeApache(apacheOnly(deployment)),
            };
      },
      // Of the release that is here; it is looked for when it is wanted.
      get deployments() {
        const apache = findApache();
        return anyOfMode(mode, { mpm, ...(apache ? { modWsgi: apache.modWsgi.release } : {}) });
      },
      get rareOccasions() {
        return occasionsOf(mpm, mode, findApache()?.modWsgi.release ?? '4.9');
      },
    };
  }),
);
