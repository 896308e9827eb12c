import { type EventOf, eventsOf } from '../../trace.ts';
import { literalGroup } from '../configured.ts';
import { type RequestHistory, requestHistories } from '../histories.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach } from '../rule.ts';

export const scriptIsLoadedByItsFirstRequest: ApacheRule = {
  id: 'LIFE-LOAD-01',
  level: 'must',
  area: 'replacement',
  says: 'Without preloading a script is imported by the first request that reaches it in each process and interpreter, and that request waits for it.',
  appliesTo: bothModes,
  needs: ['process.spawned', 'application.loaded', 'request.accepted', 'observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script'],
  why: 'The first visitor of every process pays for the start-up code, and start-up work runs once for each process.',
  judge: (run) => {
    const groups = new Map(eventsOf(run.trace, 'process.spawned').map((event) => [event.process, event.processGroup]));
    const requests = requestHistories(run.trace);
    return judgeEach(
      eventsOf(run.trace, 'application.loaded').filter((loaded) => !isPreload(run, loaded, groups.get(loaded.process))),
      'no script was loaded without a preload',
      (loaded) =>
        requests.some((request) => waitsFor(request, loaded))
          ? null
          : { says: `${loaded.process} loaded ${loaded.script} and no request was waiting for it`, seqs: [loaded.seq] },
    );
  },
};

const isPreload = (run: ApacheRun, loaded: EventOf<'application.loaded'>, processGroup: string | undefined): boolean =>
  run.deployment.preloads.some(
    (preload) =>
      preload.processGroup === processGroup &&
      preload.script === loaded.script &&
      // A group that depends on the request cannot be preloaded under its own name, and is then not compared.
      [loaded.applicationGroup, null].includes(literalGroup(preload.applicationGroup)),
  );

/** The process has accepted the request, and the request enters the application only afterwards. */
const waitsFor = (request: RequestHistory, loaded: EventOf<'application.loaded'>): boolean =>
  request.accepted.some(({ process, seq }) => process === loaded.process && seq < loaded.seq) &&
  (request.observed[0]?.seq ?? Number.POSITIVE_INFINITY) > loaded.seq &&
  (request.outcome?.seq ?? Number.POSITIVE_INFINITY) > loaded.seq;
