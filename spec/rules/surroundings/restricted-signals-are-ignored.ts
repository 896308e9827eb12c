import { type ApacheRule, bothModes } from '../rule.ts';
import { judgeRegistrations } from './registrations.ts';

export const restrictedSignalsAreIgnored: ApacheRule = {
  id: 'RESTRICT-SIGNAL-01',
  level: 'must',
  area: 'surroundings',
  says: 'Unless WSGIRestrictSignal is Off, signal.signal does nothing, raises nothing and returns the handler it was given, from any thread.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent'],
  source: ['mod_wsgi 4.9.4, wsgi_interp.c, SignalIntercept_call', 'mod_wsgi manual, WSGIRestrictSignal'],
  why: 'A library that installs a handler at import seems to work, and its handler never runs.',
  judge: (run) => judgeRegistrations(run, run.deployment.surroundings.restrictSignal ? 'ignored' : null),
};
