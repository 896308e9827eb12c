/** Scripts that a configuration has loaded when a process starts. */
import type { Preload } from '../../deployments/apache.ts';
import { eventsOf } from '../../trace.ts';
import { literalGroup } from '../configured.ts';
import { type ApacheRun, type Judgement, judgeEach } from '../rule.ts';

/** Judges whether each process that took a request had tried before to load every such script of its group. */
export const loadedBeforeRequests = (
  { deployment, trace }: ApacheRun,
  because: Preload['because'],
  otherwise: string,
): Judgement => {
  const preloads = deployment.preloads.filter((preload) => preload.because === because);
  const begun = eventsOf(trace, 'process.spawned').flatMap((spawned) => {
    const first = eventsOf(trace, 'request.accepted').find(({ process }) => process === spawned.process);
    return first ? [{ spawned, first }] : [];
  });
  return judgeEach(
    begun.flatMap(({ spawned, first }) =>
      preloads
        .filter(({ processGroup }) => processGroup === spawned.processGroup)
        .map((preload) => ({ spawned, first, preload })),
    ),
    otherwise,
    ({ spawned, first, preload }) => {
      const group = literalGroup(preload.applicationGroup);
      const tried = trace.some(
        (event) =>
          (event.kind === 'application.loaded' || event.kind === 'application.failed') &&
          event.seq < first.seq &&
          event.process === spawned.process &&
          event.applicationGroup === group &&
          event.script === preload.script,
      );
      return tried
        ? null
        : {
            says: `${spawned.process} took ${first.request} before it had loaded ${preload.script}`,
            seqs: [spawned.seq, first.seq],
          };
    },
  );
};
