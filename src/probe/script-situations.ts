/** What becomes of scripts, of the modules they import, and of requests that meet a change of them. */
import { type ApacheDeployment, type DaemonGroup, maxChildren, processCount } from '../../spec/deployments/apache.ts';
import { longestHeaderLine } from '../../spec/dispatch/header-limit.ts';
import { hasNoTimers, isSteady } from '../../spec/rules/endings.ts';
import { fromSeconds, millis } from '../../spec/vocabulary.ts';
import type { Asking, Group, Situation } from './situations.ts';

/** More than fits into the buffers on its way, in bytes. */
const bodyLength = 300_000;
/** What an application may be asked to answer with, in bytes. */
const longestHeader = 100_000;
/** How long it is watched that nobody gets in. */
const watched = millis(500);
/** In which at least four processes have ended that were never ready, and the next one waits. */
const fourFailures = millis(4500);

export function scriptSituations(group: Group, deployment: ApacheDeployment, asking: Asking): readonly Situation[] {
  const { daemon, places } = group;
  const [first] = places;
  if (!first) return [];
  const { to, mount } = first;
  const { script } = mount;
  const isOne = daemon ? processCount(daemon) === 1 : maxChildren(deployment.children) === 1;
  const isLasting = daemon ? isSteady(daemon) : deployment.children.maxConnectionsPerChild === 0;
  const situations: Situation[] = [];
  if (daemon && longestHeaderLine(daemon, deployment.server.modWsgi) < longestHeader)
    situations.push({
      name: `an application of ${daemon.name} answers with a header line that is too long`,
      steps: [
        asking.request(to, { kind: 'long-header', length: longestHeaderLine(daemon, deployment.server.modWsgi) + 1 }),
      ],
    });
  if (!isOne || !isLasting) return situations;
  situations.push({
    name: `a module that ${script} imports is changed`,
    steps: [asking.request(to), { do: 'act', act: { kind: 'touch-module', script } }, asking.request(to)],
  });
  if (daemon && mount.scriptReloading)
    situations.push({
      name: `a request with a body finds ${script} changed`,
      steps: [
        asking.request(to),
        { do: 'act', act: { kind: 'touch', script } },
        asking.request(to, { kind: 'send-body', length: bodyLength }),
        asking.request(to),
      ],
    });
  return [...situations, ...ruinedPreload(group, deployment, asking), ...slowImport(group, asking)];
}

/** Processes of a group end one after the other while they preload, and somebody waits for one that does not. */
function ruinedPreload(
  { daemon, places }: Group,
  { preloads }: ApacheDeployment,
  asking: Asking,
): readonly Situation[] {
  if (!daemon || daemon.queueTimeout > 0 || daemon.socketTimeout > 0) return [];
  const isOwn = (script: string): boolean =>
    preloads.some((preload) => preload.script === script) &&
    preloads.every((preload) => preload.script !== script || preload.processGroup === daemon.name);
  const place = places.find(({ mount }) => mount.scriptReloading && isOwn(mount.script));
  if (!place) return [];
  const { script } = place.mount;
  const waiting = asking.crowd(place.to);
  return [
    {
      name: `processes of ${daemon.name} end while they preload ${script}`,
      steps: [
        asking.request(place.to),
        { do: 'act', act: { kind: 'ruin', script } },
        waiting,
        { do: 'await-outcome', request: waiting.request, atMost: fourFailures },
        { do: 'act', act: { kind: 'mend', script } },
        { do: 'release', requests: [waiting.request] },
        asking.request(place.to),
      ],
    },
  ];
}

/** One script waits while it is imported, and another application of the same process is asked for. */
function slowImport({ daemon, places, room }: Group, asking: Asking): readonly Situation[] {
  const [first] = places;
  const other = places.find(({ mount }) => mount.script !== first?.mount.script);
  if (!first || !other || !first.mount.scriptReloading || !room.isFilled || room.spare < 1) return [];
  if (daemon && !(hasTime(daemon) && hasNoTimers(daemon))) return [];
  const { script } = first.mount;
  const importing = asking.crowd(first.to);
  const beside = asking.crowd(other.to);
  return [
    {
      name: `the import of ${script} takes long`,
      steps: [
        asking.request(first.to),
        asking.request(other.to),
        { do: 'act', act: { kind: 'stall', script } },
        importing,
        { do: 'await-import', script, atMost: fromSeconds(20) },
        beside,
        { do: 'await-outcome', request: beside.request, atMost: watched },
        { do: 'act', act: { kind: 'mend', script } },
        { do: 'release', requests: [importing.request, beside.request] },
        asking.request(first.to),
        asking.request(other.to),
      ],
    },
  ];
}

/** The child waits for its answer as long as this takes. */
const hasTime = ({ socketTimeout, queueTimeout, threads }: DaemonGroup): boolean =>
  threads > 1 && queueTimeout === 0 && (socketTimeout === 0 || socketTimeout > 4 * watched);
