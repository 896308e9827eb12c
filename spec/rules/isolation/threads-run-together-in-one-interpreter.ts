import { isCalm, isSteady } from '../endings.ts';
import { type Entry, processLimit } from '../histories.ts';
import { type Meeting, meetings } from '../overlaps.ts';
import { findsRoom } from '../room.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach } from '../rule.ts';

/**
 * That requests can run together shows when two do. That they cannot shows only where there is one process: with several,
 * a request may wait for another one.
 */
export const threadsRunTogetherInOneInterpreter: ApacheRule = {
  id: 'ISO-THREAD-01',
  level: 'must',
  area: 'isolation',
  says: 'Where wsgi.multithread is True several requests can run the application at once in one interpreter, so unguarded changes of globals may be lost.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent', 'request.released'],
  source: ['PEP 3333, environ Variables, wsgi.multithread', 'mod_wsgi manual, Processes And Threading'],
  why: 'It is the reason for locks: two requests change one global at the same time, in one process.',
  judge: (run) =>
    judgeEach(
      meetings(run.trace).filter(
        (meeting) => meeting.held.seen.multithread && (met(meeting) || mustMeet(run, meeting)),
      ),
      'no request came while a multithreaded application had one held and a thread free',
      ({ held, arriving, entry, together }) => {
        if (!together)
          return {
            says: `${arriving.id} had to wait for ${held.request.id}, although wsgi.multithread is True and threads were free`,
            seqs: [held.seq, arriving.sent.seq, ...(entry ? [entry.seq] : [])],
          };
        return entry?.seen.thread === held.seen.thread
          ? {
              says: `${arriving.id} and ${held.request.id} were inside at once and claim the same thread`,
              seqs: [held.seq, entry.seq],
            }
          : null;
      },
    ),
};

const met = ({ held, entry, together }: Meeting): boolean =>
  together && entry !== null && placeOf(held) === placeOf(entry);

const placeOf = ({ seen }: Entry): string => JSON.stringify([seen.process, seen.interpreter]);

/** The arriving request is for the same application, whose only process has a thread free and is not told to go. */
function mustMeet(run: ApacheRun, { held, arriving, entry }: Meeting): boolean {
  const { processGroup } = held.seen;
  const asked = held.request.sent.to;
  const { to } = arriving.sent;
  if (processGroup === null || to.host !== asked.host || to.port !== asked.port || to.path !== asked.path) return false;
  if (processLimit(run, processGroup) !== 1) return false;
  const group = run.deployment.daemons.find((daemon) => daemon.name === processGroup);
  const isLasting = group ? isSteady(group) : run.deployment.children.maxConnectionsPerChild === 0;
  const until = entry?.seq ?? arriving.outcome?.seq;
  if (!isLasting || until === undefined || !isCalm(run.trace, held.seq, until)) return false;
  return findsRoom(run, arriving, processGroup);
}
