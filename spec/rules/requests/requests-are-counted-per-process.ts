import { eventsOf } from '../../trace.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';
import { endedByCount, limitedTenures } from './tenures.ts';

/** A process may run more than the limit (LIFE-MAXREQ-03), but never fewer requests. */
export const requestsAreCountedPerProcess: ApacheRule = {
  id: 'LIFE-MAXREQ-01',
  level: 'must',
  area: 'requests',
  says: 'maximum-requests is counted per process and lowered once for every accepted request after it was handled; 0, the default, is no limit.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_worker',
    'mod_wsgi manual, WSGIDaemonProcess, maximum-requests=nnn',
  ],
  why: 'With four processes and a limit of 1000, each ends after a thousand of its own requests, not after a thousand in all.',
  judge: (run) =>
    judgeEach(
      [...tenuresEndedEarly(run), ...stopsBecauseOfCount(run)],
      'no daemon process came to its request limit',
      (objection) => objection.against,
    ),
};

const tenuresEndedEarly = (run: ApacheRun): readonly { against: Objection | null }[] =>
  limitedTenures(run)
    .filter((tenure) => endedByCount(run, tenure))
    .map(({ group, entries, successor }) => ({
      against:
        entries.length >= group.maximumRequests
          ? null
          : {
              says: `process ${entries[0]?.seen.pid} of ${group.name} was replaced after ${entries.length} of ${group.maximumRequests} requests`,
              seqs: [...entries.map(({ seq }) => seq), ...(successor ? [successor.seq] : [])],
            },
    }));

/** What a world that shows processes adds: the reason itself. */
const stopsBecauseOfCount = (run: ApacheRun): readonly { against: Objection | null }[] => {
  const groups = new Map(eventsOf(run.trace, 'process.spawned').map((event) => [event.process, event.processGroup]));
  return [...eventsOf(run.trace, 'process.stopping'), ...eventsOf(run.trace, 'process.draining')]
    .filter(({ because }) => because === 'maximum-requests')
    .map((event) => {
      const group = run.deployment.daemons.find((daemon) => daemon.name === groups.get(event.process));
      const accepted = eventsOf(run.trace, 'request.accepted').filter(
        ({ process, seq }) => process === event.process && seq < event.seq,
      ).length;
      const limit = group?.maximumRequests ?? 0;
      return {
        against:
          limit > 0 && accepted >= limit
            ? null
            : {
                says: `${event.process} ended because of maximum-requests after ${accepted} requests, its limit is ${limit === 0 ? 'none' : limit}`,
                seqs: [event.seq],
              },
      };
    });
};
