/** What ends an Apache child, the process of embedded mode. Sources: httpd 2.4, the MPMs; rules MPM-*, RELOAD-EMBED-*, SHUT-EMBED-01. */
import { type ApacheDeployment, type Mpm, maxChildren } from '../deployments/apache.ts';
import { termination } from '../machines/process-terms.ts';
import type { PredictedMount } from '../predict.ts';
import { isDeaf } from '../serving/child-signals.ts';
import type { EndingCause } from './endings.ts';

/** The causes that this deployment allows, the configured ones first. */
export function endingsOfChild(deployment: ApacheDeployment, mount: PredictedMount): readonly EndingCause[] {
  const { children, server } = deployment;
  const causes: EndingCause[] = [];
  if (children.maxConnectionsPerChild > 0)
    causes.push({
      because: 'max-connections-per-child',
      after: `${count(children.maxConnectionsPerChild, 'connection')} to one child; a connection kept alive counts once, however many requests it carries`,
      effect: 'process-replaced',
    });
  if (mount.scriptReloading)
    causes.push({
      because: 'script-changed',
      after: `a change of the modification time of ${mount.script}: the next request that each child gets for it executes it again`,
      effect: 'script-executed-again',
    });
  if (children.spare.max < maxChildren(children) * children.threadsPerChild)
    causes.push({
      because: 'surplus',
      after: `more than ${count(children.spare.max, server.mpm === 'prefork' ? 'idle child' : 'idle thread', server.mpm === 'prefork' ? 'idle children' : undefined)} in the whole server; one child goes, and nothing is in progress in it`,
      effect: 'process-gone',
    });
  causes.push(
    {
      because: 'signal',
      after: signal(server.mpm),
      effect: 'process-replaced',
    },
    {
      because: 'server-restart',
      after: 'a graceful restart once its requests are done; a plain restart at once',
      effect: 'process-replaced',
    },
    {
      because: 'server-stop',
      after: `a graceful stop once its requests are done${gracefulLimit(deployment)}; a plain stop with SIGTERM, and SIGKILL 9 s later`,
      effect: 'process-gone',
    },
    {
      because: 'crash',
      after: 'the process exits or dies by itself; all requests in progress in it are lost',
      effect: 'process-replaced',
    },
  );
  return causes;
}

/** Source: rule MPM-STOP-02. */
const gracefulLimit = ({ children: { gracefulShutdownTimeout }, server }: ApacheDeployment): string =>
  gracefulShutdownTimeout === 0
    ? ''
    : ` or ${(gracefulShutdownTimeout + (isDeaf(server.mpm) ? termination : 0)) / 1000} s have passed`;

const count = (value: number, one: string, many = `${one}s`): string => `${value} ${value === 1 ? one : many}`;

/** Source: {@link isDeaf}; rule RELOAD-SIGNAL-02. */
const signal = (mpm: Mpm): string =>
  isDeaf(mpm)
    ? `SIGKILL to the child; at SIGTERM to it alone a child of ${mpm} does nothing, nor at SIGINT, so an application cannot reload itself by sending one`
    : 'SIGTERM to the child ends it at once; SIGINT is ignored, so an application cannot reload itself by sending one';
