import { maxChildren } from '../../deployments/apache.ts';
import { deathsOf } from '../deaths.ts';
import { type Entry, embeddedEntries, outcomeOf, processEnds, processIdOf, seqsOf, succeeded } from '../histories.ts';
import { nextServerSignal } from '../restarts/server-signals.ts';
import { type ApacheRule, type ApacheRun, embedded, judgeEach } from '../rule.ts';

export const embeddedProcessIgnoresItsOwnSignal: ApacheRule = {
  id: 'RELOAD-SIGNAL-02',
  level: 'must',
  area: 'signals',
  says: 'In embedded mode a child ignores SIGINT that its application sends to it, and nothing is reloaded: code must test that mod_wsgi.process_group is not empty first.',
  appliesTo: embedded,
  needs: ['observation', 'request.sent', 'request.finished'],
  source: [
    'httpd 2.4, prefork.c, child_main, and worker.c and event.c, child_main',
    'mod_wsgi manual, Reloading Source Code',
  ],
  why: 'A deployment hook that signals its own process does nothing when the site is moved to embedded mode.',
  judge: (run) => {
    const entries = embeddedEntries(run);
    return judgeEach(
      entries.filter((entry) => isOwnInterrupt(entry) && tellsApart(run, entry, entries)),
      'no embedded application sent SIGINT to its own process with something to see afterwards',
      (entry) => {
        const { request, seen } = entry;
        if (!succeeded(request))
          return {
            says: `${request.id} sent SIGINT to its own child and ${outcomeOf(request)}`,
            seqs: seqsOf(request),
          };
        const end = processEnds(run.trace).find(
          ({ process, because, seq }) =>
            process === processIdOf(entry) && seq > request.sent.seq && (because === 'signal' || because === 'crash'),
        );
        // Something else may have ended it since.
        if (end && !deathsOf(run.trace).some(({ process }) => process === seen.process))
          return { says: `${end.process} ended after its own SIGINT`, seqs: [entry.seq, end.seq] };
        const until = nextServerSignal(run.trace, entry.seq);
        const other =
          isOnlyChild(run) &&
          after(entry, entries).find((later) => later.seq < until && later.seen.process !== seen.process);
        return other
          ? {
              says: `process ${seen.pid} sent itself SIGINT, and ${other.request.id} ran in process ${other.seen.pid}`,
              seqs: [entry.seq, other.seq],
            }
          : null;
      },
    );
  },
};

const isOwnInterrupt = ({ request: { sent } }: Entry): boolean =>
  sent.behave?.kind === 'signal-self' && sent.behave.signal === 'SIGINT';

const after = (entry: Entry, entries: readonly Entry[]): readonly Entry[] =>
  entries.filter((later) => later.request.sent.seq > entry.seq);

/** Another child may answer next, unless there is one only, the same one answers, or the world shows processes. */
const tellsApart = (run: ApacheRun, entry: Entry, entries: readonly Entry[]): boolean =>
  processIdOf(entry) !== null ||
  after(entry, entries).some((later) => isOnlyChild(run) || later.seen.process === entry.seen.process);

const isOnlyChild = ({ deployment: { children } }: ApacheRun): boolean =>
  maxChildren(children) === 1 && children.maxConnectionsPerChild === 0;
