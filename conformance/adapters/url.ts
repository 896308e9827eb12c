/**
 * A server that somebody else started, with the probe as its application, as a world. Nothing is done to it but sending
 * requests: steps that would change or end something are left out.
 */
import type { Behaviour, Step } from '../../spec/scenario.ts';
import type { HappeningKind, TraceEvent } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis } from '../../spec/vocabulary.ts';
import type { World } from '../../spec/world.ts';
import { drive } from '../../src/probe/drive.ts';
import type { Target } from '../../src/probe/target.ts';
import { deployedAs } from './deployed-as.ts';
import { pause } from './pause.ts';

export interface UrlParameters {
  readonly url: URL;
  readonly onEvent?: (event: TraceEvent) => void;
  /** How long a request that must wait is given to show that it does not, in ms. */
  readonly queuePatience?: number;
}

/** The processes may be anywhere, so their lives are not seen. */
const seen: ReadonlySet<HappeningKind> = new Set<HappeningKind>([
  'request.sent',
  'request.released',
  'request.finished',
  'request.failed',
  'observation',
]);

export const urlWorld = ({ url, onEvent, queuePatience = 250 }: UrlParameters): World => ({
  name: url.host,
  sees: seen,
  run: async ({ deployment, steps }, signal) => {
    signal?.throwIfAborted();
    const began = performance.now();
    const recorder = new TraceRecorder(() => millis(performance.now() - began));
    if (onEvent) recorder.subscribe(onEvent);
    const scenario = { deployment: deployedAs('plain', deployment, `${url}`), steps: steps.filter(isHarmless) };
    await drive(scenario, targetOf(url, queuePatience), recorder, signal);
    return recorder.trace;
  },
});

/** What leaves somebody else's server as it is. */
const isHarmless = (step: Step): boolean => {
  switch (step.do) {
    case 'act':
    case 'await-import':
    case 'await-replacement':
      return false;
    case 'request':
      return step.behave === undefined || harmless.has(step.behave.kind);
    default:
      return true;
  }
};
const harmless: ReadonlySet<Behaviour['kind']> = new Set<Behaviour['kind']>([
  'send-body',
  'send-credentials',
  'long-header',
]);

function targetOf(url: URL, patience: number): Target {
  const leftAlone = (): never => {
    throw new Error(`nothing is done to ${url}`);
  };
  return {
    connect: () => ({ host: url.hostname, port: Number(url.port || 80) }),
    touch: leftAlone,
    rewrite: leftAlone,
    touchModule: leftAlone,
    signal: leftAlone,
    signalServer: leftAlone,
    whenReplaced: leftAlone,
    whenQueued: (_request, signal) => pause(patience, signal),
  };
}
