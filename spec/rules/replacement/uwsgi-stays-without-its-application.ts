import { hasBroken } from '../damage.ts';
import { entriesOf, outcomeOf, seqsOf } from '../histories.ts';
import { aftermaths } from '../restarts/told-to-go-on.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';

/** Judged after a reload, which loads the application again. */
export const uwsgiStaysWithoutItsApplication: UwsgiRule = {
  id: 'LIFE-UWSGI-07',
  level: 'must',
  area: 'replacement',
  says: 'A server whose application could not be loaded stays up and answers 500, unless need-app makes it exit.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'uWSGI 2.0, core/uwsgi.c, uwsgi_init_all_apps: exit(UWSGI_FAILED_APP_CODE)',
    'uWSGI manual, Options, need-app: exit if no app can be loaded',
  ],
  why: 'A service manager thinks all is well while every page is an error.',
  judge: ({ deployment, trace }) => {
    const entered = new Set(entriesOf(trace).map(({ request }) => request.id));
    return judgeEach(
      deployment.exitOnReload || deployment.applications.length > 1
        ? []
        : aftermaths({ deployment, trace }, ['SIGHUP'], ({ seq }) => hasBroken(trace, seq)).flatMap(
            ({ requests, done }) => requests.map((request) => ({ request, done })),
          ),
      'nobody asked while the application could not be loaded',
      ({ request, done }) => {
        const seqs = [done.seq, ...seqsOf(request)];
        const says = `${request.id}, whose application could not be loaded, ${outcomeOf(request)}`;
        if (entered.has(request.id)) return { says: `${request.id} ran an application that could not be loaded`, seqs };
        if (deployment.needApp) return request.outcome?.kind === 'request.finished' ? { says, seqs } : null;
        return request.outcome?.kind === 'request.finished' && request.outcome.status === 500 ? null : { says, seqs };
      },
    );
  },
};
