/** Every experiment: one for each question, in the order of the questions. */
import type { Experiment } from './experiment.ts';
import { environExperiments } from './experiments/environ.ts';
import { errorExperiments } from './experiments/errors.ts';
import { processExperiments } from './experiments/processes.ts';
import { requestExperiments } from './experiments/requests.ts';
import { responseExperiments } from './experiments/responses.ts';

export const experiments: readonly Experiment[] = [
  ...errorExperiments,
  ...responseExperiments,
  ...requestExperiments,
  ...environExperiments,
  ...processExperiments,
];
