/** From the text of a uWSGI configuration to everything that can be said about it without running it. */
import type { UwsgiDeployment } from '../../../spec/deployments/uwsgi.ts';
import { predictWorkers } from '../../../spec/predict/workers.ts';
import { inOrder } from '../diagnostic.ts';
import type { Accepted, Explanation } from '../explanation.ts';
import { findIn } from '../hazards/find-hazards.ts';
import { uwsgiHazards } from '../hazards/uwsgi/catalogue.ts';
import type { UwsgiScene } from '../hazards/uwsgi/scene.ts';
import { isOn } from './exported.ts';
import { readUwsgi, type UwsgiInput } from './read.ts';

export interface AcceptedUwsgi extends Accepted {
  readonly deployment: UwsgiDeployment;
}

export interface ExplainUwsgiInput extends UwsgiInput {
  /** The text of a script, for hazards that lie in it; null where it cannot be read. */
  readonly readScript?: (path: string) => string | null;
}

/** Explains a uWSGI configuration. Never throws, whatever the text. */
export function explainUwsgi({ readScript = () => null, ...input }: ExplainUwsgiInput): Explanation<AcceptedUwsgi> {
  const reading = readUwsgi(input);
  const { deployment, written, start, diagnostics, configured } = reading;
  if (deployment === null)
    return { server: { kind: 'uwsgi', version: input.release ?? '2.0.21' }, accepted: null, diagnostics };
  const prediction = predictWorkers(deployment, configured);
  const scene: UwsgiScene = {
    deployment,
    prediction,
    reading,
    isOn: (name) => {
      const [last] = written.get(name) ?? [];
      return last !== undefined && isOn(last.value);
    },
    all: (name) => (written.get(name) ?? []).toReversed(),
    place: (...names) => names.map((name) => written.get(name)?.[0]?.at).find((at) => at !== undefined) ?? start,
    readScript,
  };
  return {
    server: prediction.server,
    accepted: { deployment, prediction },
    diagnostics: inOrder([...diagnostics, ...findIn(scene, uwsgiHazards)]),
  };
}
