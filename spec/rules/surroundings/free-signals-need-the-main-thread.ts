import { type ApacheRule, bothModes } from '../rule.ts';
import { judgeRegistrations } from './registrations.ts';

export const freeSignalsNeedTheMainThread: ApacheRule = {
  id: 'RESTRICT-SIGNAL-02',
  level: 'must',
  area: 'surroundings',
  says: 'With WSGIRestrictSignal Off, signal.signal in a request raises ValueError, except in embedded mode under prefork: no other request runs on a main thread.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent'],
  source: ['mod_wsgi manual, WSGIRestrictSignal', 'CPython, Modules/signalmodule.c, signal_signal_impl'],
  why: 'Switching the restriction off exchanges a handler that is never called for a request that fails.',
  judge: (run) => judgeRegistrations(run, run.deployment.surroundings.restrictSignal ? null : 'refused'),
};
