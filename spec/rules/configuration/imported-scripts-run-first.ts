import { type ApacheRule, bothModes } from '../rule.ts';
import { loadedBeforeRequests } from './preloads.ts';

/** What stands in the directive is judged where the configuration is read: it is an error there, and nothing starts. */
export const importedScriptsRunFirst: ApacheRule = {
  id: 'CONF-IMPORT-01',
  level: 'must',
  area: 'configuration',
  says: 'WSGIImportScript names both process-group and application-group, the group is already declared and visible from the same host, and the script is run in each matching process before it takes requests.',
  appliesTo: bothModes,
  needs: ['process.spawned', 'request.accepted', 'application.loaded', 'application.failed'],
  source: [
    'mod_wsgi 6.0.5, wsgi_config.c, wsgi_add_import_script',
    'mod_wsgi 6.0.5, wsgi_interp.c, wsgi_python_child_init',
  ],
  why: 'What must be there before the first visitor comes is there in every process, and in each replacement.',
  judge: (run) =>
    loadedBeforeRequests(run, 'WSGIImportScript', 'no process served that has a script to run by WSGIImportScript'),
};
