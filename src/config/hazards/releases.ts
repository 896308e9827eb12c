/** Traps that wait in the next release. */
import { modWsgiReleases } from '../../../spec/deployments/apache.ts';
import { wsgiDirectives } from '../../../spec/options/mod-wsgi-directives.ts';
import type { Hazard } from './hazard.ts';

export const directiveGoesAway: Hazard = {
  code: 'HAZ095',
  title: 'Directive that a later release of mod_wsgi refuses',
  explanation:
    'A directive that no longer exists keeps Apache from starting. WSGILazyInitialization went in 6.0, where Python is never initialised before the fork.',
  source: 'rule CONF-HIST-02; mod_wsgi, release notes 6.0.0',
  find: ({ deployment: { server }, origin }) =>
    wsgiDirectives.flatMap(({ name, releases }) => {
      const at = origin({ kind: 'directive', host: 0, directive: name });
      const later = modWsgiReleases.slice(modWsgiReleases.indexOf(server.modWsgi) + 1);
      const refusing = later.find((release) => !releases.includes(release));
      if (at === null || refusing === undefined || !releases.includes(server.modWsgi)) return [];
      return [
        {
          at,
          severity: 'info' as const,
          message: `mod_wsgi ${refusing} does not know ${name} and refuses to start`,
          fix: 'remove it before upgrading',
        },
      ];
    }),
};
