/** What a server tells applications about threads and processes: the three flags of PEP 3333, as mod_wsgi computes them. */
import { type ApacheDeployment, maxChildren, processCount } from './deployments/apache.ts';
import type { ProcessGroupName } from './vocabulary.ts';

export interface Flags {
  readonly multithread: boolean;
  readonly multiprocess: boolean;
  readonly runOnce: boolean;
}

/**
 * The flags of one process group; `''` is embedded mode. They follow the configured limits, not what happens to run.
 * Sources: mod_wsgi 4.9.4, wsgi_create_environ, wsgi_start_daemons, wsgi_hook_child_init (`ap_mpm_query`); rules FLAG-*.
 * @returns null for a group that does not exist.
 */
export function flagsOf(deployment: ApacheDeployment, processGroup: ProcessGroupName): Flags | null {
  if (processGroup === '') {
    const { children } = deployment;
    return {
      multithread: children.threadsPerChild !== 1,
      multiprocess: maxChildren(children) !== 1,
      // Even with MaxConnectionsPerChild 1. Source: rule FLAG-EMBED-02.
      runOnce: false,
    };
  }
  const group = deployment.daemons.find((daemon) => daemon.name === processGroup);
  if (!group) return null;
  return {
    multithread: group.threads !== 1,
    // Writing the option is what counts, even `processes=1`. Source: rule FLAG-DAEMON-01.
    multiprocess: group.processes !== null,
    runOnce: group.threads === 1 && group.maximumRequests === 1,
  };
}

/** `mod_wsgi.maximum_processes` and `mod_wsgi.threads_per_process` of a group, as the module publishes them. */
export function poolSize(
  deployment: ApacheDeployment,
  processGroup: ProcessGroupName,
): { readonly processes: number; readonly threads: number } | null {
  if (processGroup === '')
    return { processes: maxChildren(deployment.children), threads: deployment.children.threadsPerChild };
  const group = deployment.daemons.find((daemon) => daemon.name === processGroup);
  return group ? { processes: processCount(group), threads: group.threads } : null;
}
