/** Which URLs the server answers with files of its own, without any application. */
import type { ApacheDeployment, FileAlias } from '../deployments/apache.ts';
import { reachedHosts } from '../routing/mounts.ts';
import { type RoutingWorld, route } from '../routing/route.ts';

/** What Alias, AliasMatch, ScriptAlias, ScriptAliasMatch or DocumentRoot lead to, seen from one host and port. */
export interface PredictedFiles {
  readonly host: string;
  readonly port: number;
  /** `pattern`: only a client knows which URLs match, and `url` and `path` are as written. */
  readonly match: FileAlias['match'];
  /** A URL prefix, or a regular expression. */
  readonly url: string;
  /** The file or folder that stands for it. */
  readonly path: string;
  /** `cgi`: what is there is run as a CGI program. `denied`: 403. */
  readonly answer: 'file' | 'cgi' | 'denied';
}

/** In the order of the hosts and of their aliases, DocumentRoot last; one entry for each URL. */
export function filesOf(deployment: ApacheDeployment, world: RoutingWorld = {}): readonly PredictedFiles[] {
  const [main] = deployment.hosts;
  return reachedHosts(deployment).flatMap(({ host, at }) => {
    const aliases = host === main ? main.files.aliases : [...host.files.aliases, ...main.files.aliases];
    const found = new Map<string, PredictedFiles>();
    const ask = (url: string): void => {
      const answer = route(deployment, { ...at, path: url }, world);
      if (found.has(url) || answer.kind !== 'unmapped' || answer.file === null) return;
      const { path, access, isCgi } = answer.file;
      found.set(url, {
        ...at,
        match: 'prefix',
        url,
        path,
        answer: access === 'denied' ? 'denied' : isCgi ? 'cgi' : 'file',
      });
    };
    for (const { match, url, path, isCgi } of aliases)
      if (match === 'prefix') ask(url);
      else if (!found.has(url)) found.set(url, { ...at, match, url, path, answer: isCgi ? 'cgi' : 'file' });
    // Whatever no alias matches: where an application is mounted at / that is nothing.
    ask('/');
    return [...found.values()];
  });
}
