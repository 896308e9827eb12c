/**
 * The order in which declarations must be written so that the lists of a deployment come out as they were. Daemon groups
 * and preloads are numbered over the whole server, so what belongs to the main server may have to stand behind a virtual
 * host; and a preload must stand behind its group.
 */
import type { ApacheDeployment, DaemonGroup, Preload, ScriptAlias } from '../../../spec/deployments/apache.ts';
import { preloadedInto } from './preload.ts';

export type OrderedItem =
  | { readonly kind: 'daemon'; readonly daemon: DaemonGroup }
  | { readonly kind: 'alias'; readonly alias: ScriptAlias }
  | { readonly kind: 'import'; readonly preload: Preload };

/**
 * One host's declarations in one part of the text.
 * @param part - For the main server, how many virtual hosts stand above; for a virtual host, its own index.
 */
export function itemsOf(deployment: ApacheDeployment, host: number, part: number): readonly OrderedItem[] {
  const daemons = daemonParts(deployment)
    .filter(({ daemon, part: own }) => daemon.host === host && own === part)
    .map(({ daemon }): OrderedItem => ({ kind: 'daemon', daemon }));
  return [
    ...daemons,
    ...scriptsOf(deployment, host)
      .filter((item) => item.part === part)
      .map(({ item }) => item),
  ];
}

/** Each group with the earliest part that keeps the order: behind the virtual hosts whose groups come before it. */
function daemonParts(deployment: ApacheDeployment): readonly { readonly daemon: DaemonGroup; readonly part: number }[] {
  let part = 0;
  return deployment.daemons.map((daemon) => {
    part = Math.max(part, daemon.host);
    return { daemon, part: daemon.host === 0 ? part : daemon.host };
  });
}

interface Placed {
  readonly item: OrderedItem;
  readonly part: number;
}

/** A host's aliases in their order, with its import scripts in between where the order of preloads wants them. */
function scriptsOf(deployment: ApacheDeployment, host: number): readonly Placed[] {
  const own = preloadParts(deployment).filter(({ preload }) => preload.host === host);
  const placed: Placed[] = [];
  let next = 0;
  let part = host;
  const imports = (): void => {
    for (let entry = own[next]; entry?.preload.because === 'WSGIImportScript'; entry = own[++next]) {
      part = Math.max(part, entry.part);
      placed.push({ item: { kind: 'import', preload: entry.preload }, part });
    }
  };
  for (const alias of deployment.hosts[host]?.scriptAliases ?? []) {
    if (preloadedInto(alias) !== null) {
      imports();
      part = Math.max(part, own[next++]?.part ?? part);
    }
    placed.push({ item: { kind: 'alias', alias }, part });
  }
  imports();
  return placed;
}

function preloadParts(deployment: ApacheDeployment): readonly { readonly preload: Preload; readonly part: number }[] {
  const declared = daemonParts(deployment);
  let part = 0;
  return deployment.preloads.map((preload) => {
    const group = declared.find(({ daemon }) => daemon.name === preload.processGroup);
    part = Math.max(part, preload.host, preload.host === 0 ? (group?.part ?? 0) : 0);
    return { preload, part: preload.host === 0 ? part : preload.host };
  });
}
