/** Everything that can be said about a configuration without running it, whatever server it is for. */
import type { Deployment } from '../../spec/deployment.ts';
import type { PredictedServer, Prediction } from '../../spec/predict.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { HazardDiagnostic } from './hazards/hazard.ts';

/** Each server has a function of its own that makes one; `Server` is what only its readers know. */
export interface Explanation<Server extends Accepted = Accepted> {
  readonly server: PredictedServer;
  /** Null when a diagnostic is an error: the server would not start, and nothing can be predicted. */
  readonly accepted: Server | null;
  /** What the reader found and what the server will surprise with, in the order of the text. */
  readonly diagnostics: readonly (Diagnostic | HazardDiagnostic)[];
}

export interface Accepted {
  readonly deployment: Deployment;
  readonly prediction: Prediction;
}
