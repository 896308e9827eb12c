/** What `wsgiscope serve` says when it takes requests. */
import { type ApacheDeployment, maxChildren, processCount } from '../../spec/deployments/apache.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Shell } from './shell.ts';

export interface Started {
  readonly gateway: Gateway;
  readonly deployment: ApacheDeployment;
  readonly address: string;
  /** Where the status page is; null where there is none. */
  readonly admin: string | null;
}

export function startedText({ gateway, deployment, address, admin }: Started, { palette }: Shell): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const urls = [...gateway.ports].map(([configured, real]) => {
    const note = real === configured ? '' : palette.dim(`  (configured: ${configured})`);
    return `http://${host}:${real}/${note}`;
  });
  const groups = [...gateway.queues.keys()].map(
    (name) => `${palette.strong(name || '(embedded)')}: ${shape(name, deployment)}`,
  );
  const { length } = gateway.pids;
  return [
    ...urls,
    ...groups.map((group) => `  ${group}`),
    ...(admin === null ? [] : [`status page: ${admin}`]),
    `${plural(length, 'process', 'processes')} on CPython ${gateway.pythonVersion}; Ctrl-C stops`,
    '',
  ].join('\n');
}

function shape(name: string, { daemons, children }: ApacheDeployment): string {
  const group = daemons.find((daemon) => daemon.name === name);
  if (group)
    return `${plural(processCount(group), 'process', 'processes')} × ${plural(group.threads, 'thread', 'threads')}`;
  const threads = plural(children.threadsPerChild, 'thread', 'threads');
  return `${children.startServers} to ${maxChildren(children)} Apache children × ${threads}`;
}

const plural = (n: number, one: string, more: string): string => `${n} ${n === 1 ? one : more}`;
