import { fromSeconds } from '../../vocabulary.ts';
import {
  type Entry,
  entriesOf,
  outcomeOf,
  type RequestHistory,
  requestHistories,
  seqsOf,
  succeeded,
} from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach, type Objection } from '../rule.ts';
import { serverSignalled } from './server-signals.ts';

export const gracefulStopRefusesAndFinishes: ApacheRule = {
  id: 'MPM-STOP-01',
  level: 'must',
  area: 'restarts',
  says: 'On a graceful stop (SIGWINCH) the server stops listening and waits for its children for GracefulShutdownTimeout; 0, the default, is without limit.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'httpd 2.4 manual, mpm_common, GracefulShutdownTimeout',
    'httpd 2.4, prefork.c, prefork_run; worker.c and event.c, the same',
    'probed with httpd 2.4 under prefork, worker and event',
  ],
  why: 'It is how a server is taken out of service without losing a request, its daemon processes included.',
  judge: (run) =>
    judgeEach(
      serverSignalled(run.trace)
        .filter(({ signal }) => signal === 'SIGWINCH')
        .flatMap(({ seq }) => {
          const late = requestHistories(run.trace).filter(({ sent }) => sent.seq > seq);
          const across = hasPatience(run.deployment.children.gracefulShutdownTimeout)
            ? entriesOf(run.trace).filter(
                ({ seq: entered, request: { released } }) => entered < seq && released !== null && released.seq > seq,
              )
            : [];
          return [...late.map(taken), ...across.map(lost)];
        }),
      'the server was not stopped gracefully with a request to it before or after',
      (objection) => objection,
    ),
};

/** A request that only has to be let go is out well before. */
const hasPatience = (timeout: number): boolean => timeout === 0 || timeout >= fromSeconds(10);

const taken = (request: RequestHistory): Objection | null =>
  request.observed.length === 0 && request.outcome?.kind !== 'request.finished'
    ? null
    : { says: `${request.id} came after the graceful stop and ${outcomeOf(request)}`, seqs: seqsOf(request) };

const lost = ({ request }: Entry): Objection | null =>
  succeeded(request)
    ? null
    : { says: `${request.id} was in progress at the graceful stop and ${outcomeOf(request)}`, seqs: seqsOf(request) };
