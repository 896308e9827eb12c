/** Where an Alias takes from an application what its WSGIScriptAlias covers. */
import { type ApacheDeployment, type Host, noFiles } from '../deployments/apache.ts';
import type { Address } from '../trace.ts';
import { route } from './route.ts';

/** Whether this is a file of the server, and would be for an application if there were no Alias. */
export function isUnderFileAlias(deployment: ApacheDeployment, to: Address): boolean {
  const answer = route(deployment, to);
  if (answer.kind !== 'unmapped' || answer.file === null || answer.file.isScript) return false;
  return route(withoutFileAliases(deployment), to).kind !== 'unmapped';
}

/** The same, as if nothing were said of files. */
export function withoutFileAliases(deployment: ApacheDeployment): ApacheDeployment {
  const bare = (host: Host): Host => ({ ...host, files: noFiles });
  const [main, ...others] = deployment.hosts;
  return { ...deployment, hosts: [bare(main), ...others.map(bare)] };
}
