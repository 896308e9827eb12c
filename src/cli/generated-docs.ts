/** Every generated file of docs/, from the registries and machines that are in this build. */
import { basename, join } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { applicationMachine } from '../../spec/machines/application.ts';
import { arbiterMachine } from '../../spec/machines/arbiter.ts';
import { gunicornMachine } from '../../spec/machines/gunicorn.ts';
import { interpreterMachine } from '../../spec/machines/interpreter.ts';
import { masterMachine } from '../../spec/machines/master.ts';
import { processGroupMachine } from '../../spec/machines/process-group.ts';
import { requestMachine } from '../../spec/machines/request.ts';
import { serverMachine } from '../../spec/machines/server.ts';
import { serverProcessMachine } from '../../spec/machines/server-process.ts';
import { workerMachine } from '../../spec/machines/worker.ts';
import { workerPoolMachine } from '../../spec/machines/worker-pool.ts';
import { limitDirectives } from '../../spec/options/apache-limits.ts';
import { mpmDirectives } from '../../spec/options/apache-mpm.ts';
import { gunicornSettings } from '../../spec/options/gunicorn-settings.ts';
import { daemonOptions } from '../../spec/options/mod-wsgi-daemon-options.ts';
import { wsgiDirectives } from '../../spec/options/mod-wsgi-directives.ts';
import { uwsgiOptionNames } from '../../spec/options/uwsgi-option-names.ts';
import { uwsgiOptions } from '../../spec/options/uwsgi-options.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import { diagnosticCodes } from '../config/diagnostic-codes.ts';
import { everyHazard } from '../config/hazards/every-hazard.ts';
import { diagnosticsPage } from '../render/diagnostics-page.ts';
import { diagramsPage } from '../render/diagrams-page.ts';
import { machineDiagram } from '../render/machine-diagram.ts';
import { optionsPage } from '../render/options-page.ts';
import { resultsPage } from '../render/results-page.ts';
import { rulesPage } from '../render/rules-page.ts';
import { serversPage } from '../render/servers-page.ts';
import { adapterProtocolSchemaFile } from './adapter-protocol-schema.ts';
import { checkSchemaFile } from './check-schema.ts';
import { exampleMaps } from './example-maps.ts';
import { explanationSchemaFile } from './explain-schema.ts';
import { profileSchemaFile } from './profile-schema.ts';
import { profilesIn } from './profiles.ts';
import { resultsIn } from './results.ts';
import { statusSchemaFile } from './status-schema.ts';

/** From the server down to one request: Apache's first, then the parents of workers and the worker, then what all have. */
const machines: readonly AnyStateMachine[] = [
  serverMachine,
  processGroupMachine,
  serverProcessMachine,
  gunicornMachine,
  arbiterMachine,
  masterMachine,
  workerPoolMachine,
  workerMachine,
  interpreterMachine,
  applicationMachine,
  requestMachine,
];

/**
 * @param root - The checkout; its examples are read.
 * @returns The text of each file, by its path below docs/; SVG files are not among them.
 */
export function generatedDocs(root: string): ReadonlyMap<string, string> {
  const drawings = machines.map((machine) => ({
    path: `machines/${machine.id}`,
    title: machine.id,
    source: machineDiagram(machine),
  }));
  const maps = exampleMaps(root);
  return new Map([
    ...[...drawings, ...maps].map(({ path, source }) => [`diagrams/${path}.mmd`, source] as const),
    ['diagrams/README.md', diagramsPage(drawings, maps)],
    ['reference/rules.md', rulesPage(rules)],
    ['reference/explain.schema.json', explanationSchemaFile()],
    ['reference/status.schema.json', statusSchemaFile()],
    ['reference/check.schema.json', checkSchemaFile()],
    ['reference/adapter-protocol.schema.json', adapterProtocolSchemaFile()],
    ['reference/profile.schema.json', profileSchemaFile()],
    ['reference/results.md', resultsPage(resultsIn(join(root, 'conformance/results')))],
    [
      'reference/servers.md',
      serversPage(
        profilesIn(join(root, 'conformance/profiles')).map(({ file, profile }) => ({
          file: `../../conformance/profiles/${basename(file)}`,
          profile,
        })),
      ),
    ],
    [
      'reference/options.md',
      optionsPage({
        daemonOptions,
        wsgiDirectives,
        mpmDirectives,
        limitDirectives,
        gunicornSettings,
        uwsgiOptions,
        uwsgiOptionNames,
      }),
    ],
    [
      'reference/diagnostics.md',
      diagnosticsPage(
        Object.entries(diagnosticCodes).map(([code, entry]) => ({ code, ...entry })),
        everyHazard,
      ),
    ],
  ]);
}
