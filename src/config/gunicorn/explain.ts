/** From what gunicorn is told to everything that can be said about it without running it. */
import type { GunicornDeployment } from '../../../spec/deployments/gunicorn.ts';
import { predictWorkers } from '../../../spec/predict/workers.ts';
import { type Diagnostic, inOrder } from '../diagnostic.ts';
import type { Accepted, Explanation } from '../explanation.ts';
import { findIn } from '../hazards/find-hazards.ts';
import { gunicornHazards } from '../hazards/gunicorn/catalogue.ts';
import { pythonText } from './python-value.ts';
import { type GunicornInput, type GunicornReading, readGunicorn } from './read.ts';

export interface AcceptedGunicorn extends Accepted {
  readonly deployment: GunicornDeployment;
}

/** Explains a command line or a settings file of gunicorn. Never throws, whatever it holds. */
export function explainGunicorn(input: GunicornInput): Explanation<AcceptedGunicorn> {
  const reading = readGunicorn(input);
  const { deployment } = reading;
  const diagnostics = [...reading.diagnostics, ...fromEnvironment(reading)];
  if (deployment === null)
    return {
      server: { kind: 'gunicorn', version: input.release, workerClass: 'sync' },
      accepted: null,
      diagnostics: inOrder(diagnostics),
    };
  const prediction = predictWorkers(deployment, reading.written.has('workers') ? deployment.workers : null);
  const written = (name: string) => reading.written.get(name) ?? null;
  const found = findIn(
    {
      deployment,
      reading,
      input,
      written,
      place: (...names: readonly string[]) =>
        names.map(written).find((setting) => setting !== null)?.at ?? { file: input.file, line: 1, column: 1 },
      scriptText: input.readScript?.(deployment.application.script) ?? null,
    },
    gunicornHazards,
  );
  return {
    server: prediction.server,
    accepted: { deployment, prediction },
    diagnostics: inOrder([...diagnostics, ...found]),
  };
}

/** What the environment decides is easily overlooked, and is another one where the server runs. */
const fromEnvironment = ({ written }: GunicornReading): readonly Diagnostic[] =>
  [...written].flatMap(([name, { at, by, value }]): readonly Diagnostic[] =>
    by === 'environment' || by === 'GUNICORN_CMD_ARGS'
      ? [
          {
            ...at,
            severity: 'info',
            code: 'CFG063',
            message: `${at.file} of the environment makes ${name} ${pythonText(value)}`,
            fix: `write ${name} where the server is started, if it is not meant to depend on the environment`,
          },
        ]
      : [],
  );
