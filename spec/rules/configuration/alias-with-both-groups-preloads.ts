import { type ApacheRule, bothModes } from '../rule.ts';
import { loadedBeforeRequests } from './preloads.ts';

/** The lazy half of the sentence is judged by LIFE-LOAD-01, preloads by WSGIImportScript by CONF-IMPORT-01. */
export const aliasWithBothGroupsPreloads: ApacheRule = {
  id: 'CONF-ALIAS-02',
  level: 'must',
  area: 'configuration',
  says: 'A WSGIScriptAlias with both process-group and application-group, free of expansions other than %{GLOBAL}, loads its script when a process starts.',
  appliesTo: bothModes,
  needs: ['process.spawned', 'request.accepted', 'application.loaded', 'application.failed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_add_script_alias', 'mod_wsgi manual, WSGIScriptAlias'],
  why: 'It moves the time of the import from the first visitor to the start of the process.',
  judge: (run) =>
    loadedBeforeRequests(run, 'WSGIScriptAlias', 'no process served that has a script to load by its alias'),
};
