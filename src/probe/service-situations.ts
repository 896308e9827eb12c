/** What becomes of processes without request threads: they run import scripts, and nobody can ask them anything. */
import type { ApacheDeployment, DaemonGroup } from '../../spec/deployments/apache.ts';
import type { RoutedMount } from '../../spec/routing/route.ts';
import type { Step } from '../../spec/scenario.ts';
import type { Address } from '../../spec/trace.ts';
import { fromSeconds, millis } from '../../spec/vocabulary.ts';
import type { Asking, Situation } from './situations.ts';

/** A timeout that is waited for; a longer one is left alone. In ms. */
const longestTimeout = 2000;
/** More than the time that a server is late with it. In ms. */
const lateness = 4000;

/** An address that an application would answer, if its process took requests. */
interface Place {
  readonly to: Address;
  readonly mount: RoutedMount;
}

/** @param places - All that lead to an application, those of groups without threads included. */
export const serviceSituations = (
  deployment: ApacheDeployment,
  places: readonly Place[],
  asking: Asking,
): readonly Situation[] =>
  deployment.daemons
    .filter(({ threads }) => threads === 0)
    .flatMap((group) => [...unanswered(group, places, asking), ...endedInside(group, deployment, places)]);

/** A request comes to a process that looks at none. */
function unanswered({ name, socketTimeout }: DaemonGroup, places: readonly Place[], asking: Asking) {
  const to = places.find(({ mount }) => mount.processGroup === name)?.to;
  if (!to || socketTimeout === 0 || socketTimeout > longestTimeout) return [];
  const { request } = asking.crowd(to);
  const steps: readonly Step[] = [
    { do: 'crowd', request, to },
    { do: 'await-outcome', request, atMost: millis(socketTimeout + lateness) },
    { do: 'release', requests: [request] },
  ];
  return [{ name: `${name} has no threads and is asked`, steps }];
}

/** The server restarts while the script of a process goes on. */
function endedInside({ name }: DaemonGroup, { preloads }: ApacheDeployment, places: readonly Place[]) {
  const isOwn = (script: string): boolean =>
    preloads.every((preload) => preload.script !== script || preload.processGroup === name) &&
    places.every(({ mount }) => mount.script !== script || mount.processGroup === name);
  const script = preloads.find((preload) => preload.processGroup === name && isOwn(preload.script))?.script;
  if (script === undefined) return [];
  const steps: readonly Step[] = [
    { do: 'act', act: { kind: 'stall', script } },
    { do: 'await-import', script, atMost: fromSeconds(20) },
    { do: 'act', act: { kind: 'server-signal', signal: 'SIGHUP' } },
    { do: 'act', act: { kind: 'mend', script } },
  ];
  return [{ name: `the server is restarted while ${name} runs ${script}`, steps }];
}
