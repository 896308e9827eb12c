/** Every generated file of docs/, from the registries and machines that are in this build. */
import type { AnyStateMachine } from 'xstate';
import { applicationMachine } from '../../spec/machines/application.ts';
import { interpreterMachine } from '../../spec/machines/interpreter.ts';
import { processGroupMachine } from '../../spec/machines/process-group.ts';
import { requestMachine } from '../../spec/machines/request.ts';
import { serverMachine } from '../../spec/machines/server.ts';
import { serverProcessMachine } from '../../spec/machines/server-process.ts';
import { mpmDirectives } from '../../spec/options/apache-mpm.ts';
import { daemonOptions } from '../../spec/options/mod-wsgi-daemon-options.ts';
import { wsgiDirectives } from '../../spec/options/mod-wsgi-directives.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import { diagnosticCodes } from '../config/diagnostic-codes.ts';
import { hazards } from '../config/hazards/catalogue.ts';
import { diagnosticsPage } from '../render/diagnostics-page.ts';
import { diagramsPage } from '../render/diagrams-page.ts';
import { machineDiagram } from '../render/machine-diagram.ts';
import { optionsPage } from '../render/options-page.ts';
import { rulesPage } from '../render/rules-page.ts';

/** From the server down to one request. */
const machines: readonly AnyStateMachine[] = [
  serverMachine,
  processGroupMachine,
  serverProcessMachine,
  interpreterMachine,
  applicationMachine,
  requestMachine,
];

/** The text of each file, by its path below docs/; SVG files are not among them. */
export function generatedDocs(): ReadonlyMap<string, string> {
  const drawnMachines = machines.map((machine) => ({
    path: `machines/${machine.id}`,
    title: machine.id,
    source: machineDiagram(machine),
  }));
  return new Map([
    ...drawnMachines.map(({ path, source }) => [`diagrams/${path}.mmd`, source] as const),
    ['diagrams/README.md', diagramsPage(drawnMachines, [])],
    ['reference/rules.md', rulesPage(rules)],
    ['reference/options.md', optionsPage({ daemonOptions, wsgiDirectives, mpmDirectives })],
    [
      'reference/diagnostics.md',
      diagnosticsPage(
        Object.entries(diagnosticCodes).map(([code, entry]) => ({ code, ...entry })),
        hazards,
      ),
    ],
  ]);
}
