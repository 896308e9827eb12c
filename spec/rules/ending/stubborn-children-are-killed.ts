import type { Ending, EventOf } from '../../trace.ts';
import { type ApacheRule, embedded, judgeEach } from '../rule.ts';

export const stubbornChildrenAreKilled: ApacheRule = {
  id: 'SHUT-EMBED-01',
  level: 'must',
  area: 'ending',
  says: 'Apache stops its children with SIGTERM at once and after 3, 5 and 7 s, kills them with SIGKILL after 9 s and gives up after 10 s.',
  appliesTo: embedded,
  needs: ['process.stopping', 'process.exited'],
  source: [
    'httpd 2.4, mpm_unix.c, ap_reclaim_child_processes',
    'probed with httpd 2.4.71: SIGTERM logged 3.3, 5.3 and 7.3 s after the stop of a child that did not end, SIGKILL 9.3 s after it',
  ],
  why: 'Requests in embedded mode have these 9 s at most when the server stops, and no option gives them more.',
  judge: ({ trace }) => {
    const told = new Map<string, EventOf<'process.stopping'>>();
    const ends = trace.flatMap((event) => {
      if (event.kind === 'process.stopping' && isOfServer(event.because) && event.process.startsWith('embedded#'))
        told.set(event.process, event);
      const since = event.kind === 'process.exited' ? told.get(event.process) : undefined;
      return event.kind === 'process.exited' && since ? [{ event, since, lasted: event.at - since.at }] : [];
    });
    return judgeEach(ends, 'no child was told to go with its server', ({ event, since, lasted }) => {
      const wasKilled = event.exit.kind === 'killed' && event.exit.by === 'SIGKILL';
      // A timer may be early by the part of a millisecond that is not shown.
      if (wasKilled ? lasted >= 8999 : lasted <= patience) return null;
      return {
        says: wasKilled
          ? `${event.process} was killed ${lasted} ms after it was told to go, not after 9 s`
          : `${event.process} was left alone for ${lasted} ms after it was told to go`,
        seqs: [since.seq, event.seq],
      };
    });
  },
};

const isOfServer = (because: Ending): boolean => because === 'server-stop' || because === 'server-restart';
/** Well beyond the 9 s: whoever is killed then is not seen to be gone at once. */
const patience = 20_000;
