/** What can be said of a configuration, as far as texts and files show it. Whoever read the configuration fills it in. */
import type { PredictedServer, Prediction } from '../../spec/predict.ts';
import type { Measured } from '../../spec/quirks/measured.ts';
import type { ShownDiagnostic } from './diagnostics-text.ts';

export interface ShownExplanation {
  readonly server: PredictedServer;
  /** Null where the server would not start: then there are diagnostics and nothing else. */
  readonly accepted: { readonly prediction: Prediction } | null;
  readonly diagnostics: readonly ShownDiagnostic[];
  /** What such a server was measured to do: null where none was, absent where nobody asked. */
  readonly measured?: Measured | null;
}
