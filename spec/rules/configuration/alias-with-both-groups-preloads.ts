import { type EventOf, eventsOf, type Trace } from '../../trace.ts';
import type { ProcessId } from '../../vocabulary.ts';
import { literalGroup } from '../configured.ts';
import { bothModes, judgeEach, type Rule } from '../rule.ts';

/** The lazy half of the sentence, and preloads by WSGIImportScript, are judged by LIFE-LOAD-01. */
export const aliasWithBothGroupsPreloads: Rule = {
  id: 'CONF-ALIAS-02',
  level: 'must',
  area: 'configuration',
  says: 'A WSGIScriptAlias with both process-group and application-group, free of expansions other than %{GLOBAL}, loads its script when a process starts.',
  appliesTo: bothModes,
  needs: ['process.spawned', 'request.accepted', 'application.loaded', 'application.failed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_add_script_alias', 'mod_wsgi manual, WSGIScriptAlias'],
  why: 'It moves the time of the import from the first visitor to the start of the process.',
  judge: ({ deployment, trace }) => {
    const preloads = deployment.preloads.filter(({ because }) => because === 'WSGIScriptAlias');
    const begun = eventsOf(trace, 'process.spawned').flatMap((spawned) => {
      const first = firstAccepted(trace, spawned.process);
      return first ? [{ spawned, first }] : [];
    });
    return judgeEach(
      begun.flatMap(({ spawned, first }) =>
        preloads
          .filter((preload) => preload.processGroup === spawned.processGroup)
          .map((preload) => ({ spawned, first, preload })),
      ),
      'no process served that has a script to load by its alias',
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
  },
};

const firstAccepted = (trace: Trace, process: ProcessId): EventOf<'request.accepted'> | undefined =>
  eventsOf(trace, 'request.accepted').find((event) => event.process === process);
