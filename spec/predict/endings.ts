/** What ends the processes behind each mount, or has its script executed again. */
import type { ApacheDeployment } from '../deployments/apache.ts';
import type { PredictedMount } from '../predict.ts';
import { mountName } from '../routing/mounts.ts';
import type { Ending } from '../trace.ts';
import { endingsOfChild } from './child-endings.ts';
import { endingsOfDaemon } from './daemon-endings.ts';

/** What becomes of the process. */
export type Effect = (typeof effects)[number];
export const effects = [
  /** It ends and another takes its place. */
  'process-replaced',
  /** It ends and is not missed. */
  'process-gone',
  /** It ends, and the whole server with it. */
  'server-stops',
  /** It stays; the script's module is made anew in the same interpreter, imported modules are kept. */
  'script-executed-again',
] as const;

export interface EndingCause {
  readonly because: Ending;
  /** What must happen, and what requests in progress get, in words. */
  readonly after: string;
  readonly effect: Effect;
}

/** `of` names a mount, `host:port/url`. */
export type PredictedEnding = { readonly of: string } & EndingCause;

/** Every cause for every mount that an application answers, in the order of the mounts. */
export const endingsOf = (
  deployment: ApacheDeployment,
  mounts: readonly PredictedMount[],
): readonly PredictedEnding[] =>
  mounts
    .filter((mount) => mount.answer.kind === 'application')
    .flatMap((mount) => causesOf(deployment, mount, mounts).map((cause) => ({ of: mountName(mount), ...cause })));

function causesOf(
  deployment: ApacheDeployment,
  mount: PredictedMount,
  mounts: readonly PredictedMount[],
): readonly EndingCause[] {
  const group = deployment.daemons.find((daemon) => daemon.name === mount.processGroup);
  if (!group) return endingsOfChild(deployment, mount);
  const watched = mounts
    .filter((other) => other.answer.kind === 'application' && other.processGroup === group.name)
    .filter((other) => other.scriptReloading)
    .map((other) => other.script);
  return endingsOfDaemon(group, [...new Set(watched)], deployment.server.modWsgi);
}
