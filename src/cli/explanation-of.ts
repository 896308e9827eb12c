/** The explanation of a configuration, by the function of the server that it is for. */
import { assertNever } from '../../spec/vocabulary.ts';
import { explainApache } from '../config/explain.ts';
import type { Explanation } from '../config/explanation.ts';
import { explainGunicorn } from '../config/gunicorn/explain.ts';
import { explainUwsgi } from '../config/uwsgi/explain.ts';
import type { Configuration } from './read-configuration.ts';

export function explanationOf(configuration: Configuration): Explanation {
  switch (configuration.kind) {
    case 'apache':
      return explainApache(configuration.input);
    case 'uwsgi':
      return explainUwsgi(configuration.input);
    case 'gunicorn':
      return explainGunicorn(configuration.input);
    case 'unreadable':
      return { server: configuration.server, accepted: null, diagnostics: [configuration.diagnostic] };
    default:
      return assertNever(configuration);
  }
}
