/** What a soak run tells of its two parts. */
import type { Account } from './chaos-account.ts';
import type { Disturbance } from './chaos-schedule.ts';
import { type Endured, endedBetween } from './endurance.ts';

export function chaosText({ outcomes, disturbances, trace }: Account): string {
  const ends = [...outcomes.values()].flatMap(({ outcomes: reached }) => reached.map(({ kind }) => kind));
  const exits = trace.filter(({ kind }) => kind === 'process.exited').length;
  return [
    `  ${outcomes.size} requests: ${tally(ends)}`,
    `  ${disturbances.length} disturbances: ${tally(disturbances.map(({ what }) => nameOf(what)))}`,
    `  ${exits} processes ended`,
  ].join('\n');
}

export function enduranceText(endured: Endured): string {
  const { reloads, replacements, requests, early, late } = endured;
  const ended = endedBetween(endured);
  const each = ended === 0 ? '' : `: ${((late.heap - early.heap) / ended).toFixed(0)} bytes each`;
  return [
    `  ${requests} requests: ${reloads} reloads, ${replacements} replacements`,
    `  heap ${megabytes(early.heap)} after ${early.ended} processes, ${megabytes(late.heap)} after ${late.ended}${each}`,
    `  descriptors: ${early.descriptors}, and ${late.descriptors}`,
  ].join('\n');
}

const nameOf = (what: Disturbance): string => (what.do === 'signal' ? what.signal : what.do);

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

/** The most frequent first. */
function tally(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
