/** One text that replays a run: the target, the deployment and the steps, whole, so that no version has to draw them again. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as v from 'valibot';
import type { Deployment } from '../../spec/deployment.ts';
import type { Scenario, Step } from '../../spec/scenario.ts';
import { millis } from '../../spec/vocabulary.ts';

export interface Replay {
  /** The id of the target that was run. */
  readonly target: string;
  /** The rule that had something against it; null is every rule. */
  readonly rule: string | null;
  readonly seed: number;
  readonly scenario: Scenario;
}

const prefix = 'wsgi1-';
/** More than any token of ours unpacks to, in bytes. */
const mostBytes = 4 << 20;

export const tokenOf = ({ target, rule, seed, scenario }: Replay): string => {
  const { deployment, steps } = scenario;
  const json = JSON.stringify([target, rule, seed, deployment, steps]);
  return prefix + deflateRawSync(json, { level: 9 }).toString('base64url');
};

const stepKinds = [
  'request',
  'hold',
  'crowd',
  'await-outcome',
  'rest',
  'await-import',
  'release',
  'act',
  'await-replacement',
] as const;
const shape = v.strictTuple([
  v.string(),
  v.nullable(v.string()),
  v.pipe(v.number(), v.integer(), v.minValue(0)),
  v.looseObject({ kind: v.picklist(['apache', 'gunicorn', 'uwsgi', 'plain']) }),
  v.array(v.looseObject({ do: v.picklist(stepKinds) })),
]);

/**
 * Reads a token.
 * @returns null for what is none: it was cut, changed, or made by a version with another form.
 */
export function readToken(token: string): Replay | null {
  if (!token.startsWith(prefix)) return null;
  try {
    const packed = Buffer.from(token.slice(prefix.length), 'base64url');
    const read = v.safeParse(shape, JSON.parse(inflateRawSync(packed, { maxOutputLength: mostBytes }).toString()));
    if (!read.success) return null;
    const [target, rule, seed, deployment, steps] = read.output;
    // Made by `tokenOf` from values of these types; what is not in their form, no world can run, and the run says so.
    return {
      target,
      rule,
      seed,
      scenario: { deployment: completed(deployment as unknown as Deployment), steps: steps as unknown as Step[] },
    };
  } catch {
    return null;
  }
}

/** What tokens did not say at first, because nothing else could be meant. */
function completed(deployment: Deployment): Deployment {
  if (deployment.kind === 'gunicorn') return { ...{ requestedClass: deployment.workerClass }, ...deployment };
  return deployment.kind === 'uwsgi' ? { ...{ reloadMercy: millis(0) }, ...deployment } : deployment;
}
