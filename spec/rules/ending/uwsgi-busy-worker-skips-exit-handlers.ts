import { eventsOf } from '../../trace.ts';
import { entriesOf } from '../histories.ts';
import { insideAtOnset, serverSignalled } from '../restarts/server-signals.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';

/** A request that was inside when the server was told, and never let go before it had been, was inside to the end. */
export const uwsgiBusyWorkerSkipsExitHandlers: UwsgiRule = {
  id: 'SHUT-UWSGI-04',
  level: 'must',
  area: 'ending',
  says: 'The exit handlers of Python are skipped in a worker that is running a request when it ends.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.released', 'act.performed', 'exit-handler.called'],
  source: ['uWSGI 2.0, plugins/python/python_plugin.c, uwsgi_python_atexit: in_request'],
  why: 'What atexit should have written is missing after exactly those restarts that were in a hurry.',
  judge: ({ trace }) => {
    const entries = entriesOf(trace);
    return judgeEach(
      serverSignalled(trace).flatMap((done) =>
        insideAtOnset(trace, done).flatMap((busy) => {
          const { released } = busy.request;
          const stayed = released === null || released.seq > done.seq;
          const registered = entries.filter(
            ({ seen, request }) =>
              seen.process === busy.seen.process &&
              request.sent.behave?.kind === 'register-exit-handlers' &&
              (request.outcome?.seq ?? Number.POSITIVE_INFINITY) < done.from,
          );
          return stayed && registered.length > 0 ? [{ busy, registered, done }] : [];
        }),
      ),
      'no worker with exit handlers was ended while it ran a request',
      ({ busy, registered, done }) => {
        const called = eventsOf(trace, 'exit-handler.called').find(
          ({ request, seq }) => registered.some((one) => one.request.id === request) && done.from < seq,
        );
        return called
          ? {
              says: `the handler of ${called.request} was called in worker ${busy.seen.pid}, which ended with ${busy.request.id} inside`,
              seqs: [busy.seq, done.seq, called.seq],
            }
          : null;
      },
    );
  },
};
