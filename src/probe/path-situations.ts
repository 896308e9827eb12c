/** Paths that no alias spells out: files below an Alias, and what an expression matches. They leave everything as it is. */
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import { isUnderFileAlias } from '../../spec/routing/file-aliases.ts';
import { reachedHosts } from '../../spec/routing/mounts.ts';
import { type RoutingWorld, route } from '../../spec/routing/route.ts';
import type { Address } from '../../spec/trace.ts';
import type { Asking, Situation } from './situations.ts';

/** Files, and paths that expressions match, that are asked for. */
const mostFiles = 4;
const mostMatches = 8;

export function pathSituations(
  deployment: ApacheDeployment,
  world: RoutingWorld,
  asking: Asking,
): readonly Situation[] {
  return [
    {
      name: 'files are asked for whose URLs an application would have',
      steps: filesOf(deployment)
        .slice(0, mostFiles)
        .map((to) => asking.request(to)),
    },
    {
      name: 'what expressions match is asked for',
      steps: matchesOf(deployment, world)
        .slice(0, mostMatches)
        .map((to) => asking.request(to)),
    },
  ];
}

/** No such file need be there. */
const filesOf = (deployment: ApacheDeployment): readonly Address[] =>
  reachedHosts(deployment).flatMap(({ host, at }) =>
    host.files.aliases
      .filter(({ match, isCgi }) => match === 'prefix' && !isCgi)
      .map(({ url }) => ({ ...at, path: `${url.replace(/\/$/, '')}/style.css` }))
      .filter((to) => isUnderFileAlias(deployment, to)),
  );

/** Two of each expression that is simple enough, and one with more behind it. */
const matchesOf = (deployment: ApacheDeployment, world: RoutingWorld): readonly Address[] =>
  reachedHosts(deployment).flatMap(({ host, at }) =>
    host.scriptAliases
      .filter(({ match }) => match === 'pattern')
      .flatMap((alias) =>
        [exampleOf(alias.url, 'one'), exampleOf(alias.url, 'two'), `${exampleOf(alias.url, 'two')}/more`]
          .map((path) => ({ ...at, path }))
          .filter((to) => {
            const answer = route(deployment, to, world);
            if (answer.kind !== 'application' || answer.mount.alias !== alias) return false;
            const group = deployment.daemons.find(({ name }) => name === answer.mount.processGroup);
            return group?.threads !== 0;
          }),
      ),
  );

/** What the expression may match, with this word for each part that may be anything; whoever asks finds out whether it does. */
export const exampleOf = (expression: string, word: string): string =>
  expression
    .replace(/^\^|\$$/g, '')
    .replace(/\((?:\?:)?([^()]*)\)|(?:\[\^?[^\]]+\]|\\w|\.)[*+]/g, (_, inner?: string) =>
      inner === undefined ? word : inner.replace(/(?:\[\^?[^\]]+\]|\\w|\.)[*+]/g, word).replace(/\|.*$/s, ''),
    );
