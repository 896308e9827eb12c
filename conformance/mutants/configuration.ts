/** Worlds that read the configuration wrongly. */
import type { ApacheDeployment, Host } from '../../spec/deployments/apache.ts';
import { withoutFileAliases } from '../../spec/routing/file-aliases.ts';
import type { RefusalReason } from '../../spec/routing/route.ts';
import { truth } from '../../src/simulator/decisions.ts';
import { deciding, distorting, everything, type Mutant, misreading, misrouting, reporting } from './mutant.ts';
import {
  expansions,
  filesAndPatterns,
  hiddenAlias,
  importing,
  noEmbedded,
  oneGroup,
  preloading,
  refusals,
  sections,
  service,
  twoChildren,
} from './stages.ts';

const withHosts =
  (change: (host: Host) => Host) =>
  (deployment: ApacheDeployment): ApacheDeployment => {
    const [main, ...others] = deployment.hosts;
    return { ...deployment, hosts: [change(main), ...others.map(change)] };
  };

const withProcesses =
  (processes: number) =>
  (deployment: ApacheDeployment): ApacheDeployment => ({
    ...deployment,
    daemons: deployment.daemons.map((group) => ({ ...group, processes })),
  });

/** Lets a request in that the configuration refuses. */
const admitting = (why: RefusalReason, processGroup: (asked: string) => string): Mutant['run'] =>
  deciding({
    routeOf: (deployment, to) => {
      const route = truth.routeOf(deployment, to);
      if (route.kind !== 'refused' || route.why !== why) return route;
      return { kind: 'application', mount: { ...route.mount, processGroup: processGroup(route.mount.processGroup) } };
    },
  });

export const configurationMutants: readonly Mutant[] = [
  {
    name: 'sends requests to the only daemon group without being told',
    breaks: ['CONF-PG-01'],
    scenario: everything(twoChildren),
    run: misrouting(withHosts((host) => ({ ...host, settings: { processGroup: 'unused' } }))),
  },
  {
    name: 'runs embedded what selects an undefined group',
    breaks: ['CONF-PG-02'],
    scenario: everything(refusals),
    run: admitting('process-group-undefined', () => ''),
  },
  {
    name: 'lets every host use every group',
    breaks: ['CONF-PG-04'],
    scenario: everything(refusals),
    run: admitting('process-group-of-another-host', (asked) => asked),
  },
  {
    name: 'keeps groups of the main server from virtual hosts',
    breaks: ['CONF-PG-04'],
    scenario: everything(refusals),
    run: deciding({
      routeOf: (deployment, to) => {
        const route = truth.routeOf(deployment, to);
        return route.kind === 'application' && route.mount.processGroup === 'everywhere'
          ? { kind: 'refused', status: 500, why: 'process-group-of-another-host', mount: route.mount }
          : route;
      },
    }),
  },
  {
    name: 'ignores WSGIRestrictProcess',
    breaks: ['CONF-PG-05'],
    scenario: everything(refusals),
    run: admitting('process-group-restricted', (asked) => asked),
  },
  {
    name: 'ignores WSGIRestrictEmbedded',
    breaks: ['CONF-PG-06'],
    scenario: everything(noEmbedded),
    run: admitting('embedded-restricted', (asked) => asked),
  },
  {
    name: 'ignores sections',
    breaks: ['CONF-LOCATION-01', 'CONF-LOCATION-02'],
    scenario: everything(sections),
    run: misrouting(withHosts((host) => ({ ...host, sections: [] }))),
  },
  {
    name: 'lets the first of several sections win',
    breaks: ['CONF-LOCATION-02'],
    scenario: everything(sections),
    run: misrouting(withHosts((host) => ({ ...host, sections: host.sections.toReversed() }))),
  },
  {
    name: 'lets directives beat the options of an alias',
    breaks: ['CONF-ALIAS-01'],
    scenario: everything(sections),
    run: misrouting(
      withHosts((host) => ({
        ...host,
        scriptAliases: host.scriptAliases.map((alias) => ({ ...alias, settings: {} })),
      })),
    ),
  },
  {
    name: 'never loads a script ahead of its first request',
    breaks: ['CONF-ALIAS-02'],
    scenario: everything(preloading),
    run: deciding({ preloads: () => [] }),
  },
  {
    name: 'runs no script of WSGIImportScript in its children',
    breaks: ['CONF-IMPORT-01'],
    scenario: everything(importing),
    run: deciding({ preloads: (deployment, group) => (group === '' ? [] : truth.preloads(deployment, group)) }),
  },
  {
    name: 'lets the longest prefix win',
    breaks: ['CONF-ALIAS-03'],
    scenario: everything(hiddenAlias),
    run: misrouting(
      withHosts((host) => ({
        ...host,
        scriptAliases: host.scriptAliases.toSorted((a, b) => b.url.length - a.url.length),
      })),
    ),
  },
  {
    name: 'asks the WSGI aliases before those of files',
    breaks: ['CONF-ALIAS-04'],
    scenario: everything(filesAndPatterns),
    run: misrouting(withoutFileAliases),
  },
  {
    name: 'runs one script whatever its expression matched',
    breaks: ['CONF-ALIAS-05'],
    scenario: everything(filesAndPatterns),
    run: misrouting(
      withHosts((host) => ({
        ...host,
        scriptAliases: host.scriptAliases.map((alias) => ({ ...alias, script: alias.script.replace('$1', 'all') })),
      })),
    ),
  },
  {
    name: 'tells an application that its expression matched everything',
    breaks: ['CONF-ALIAS-05'],
    scenario: everything(filesAndPatterns),
    run: reporting((seen) => ({ ...seen, scriptName: seen.scriptName + seen.pathInfo, pathInfo: '' })),
  },
  {
    name: 'expands inside a value',
    breaks: ['CONF-EXPAND-01'],
    scenario: everything(expansions),
    run: reporting((seen) => ({ ...seen, applicationGroup: seen.applicationGroup?.replace(/%\{.*\}/, '') ?? null })),
  },
  {
    name: 'does not look into the environment',
    breaks: ['CONF-EXPAND-02'],
    scenario: everything(expansions),
    run: misrouting(withHosts((host) => ({ ...host, settings: {} }))),
  },
  {
    name: 'does not expand what it found in the environment',
    breaks: ['CONF-EXPAND-02'],
    scenario: everything(expansions),
    run: reporting((seen) => (seen.scriptName === '/twice' ? { ...seen, applicationGroup: '%{GLOBAL}' } : seen)),
  },
  {
    name: 'leaves the port out of %{SERVER} and %{HOST}',
    breaks: ['CONF-EXPAND-03'],
    scenario: everything(expansions),
    run: reporting((seen) => ({ ...seen, applicationGroup: seen.applicationGroup?.replace(/:\d+$/, '') ?? null })),
  },
  {
    name: 'lets a process go on whose import scripts have returned',
    breaks: ['CONF-DAEMON-03'],
    scenario: everything(service),
    run: deciding({ endsWithItsScripts: () => false }),
  },
  {
    name: 'takes requests in a process that was to have no threads',
    breaks: ['CONF-DAEMON-03'],
    scenario: everything(service),
    run: deciding({ threadLimit: ({ threads }) => Math.max(1, threads) }),
  },
  {
    name: 'lets SIGTERM end a process and not its import script',
    breaks: ['CONF-DAEMON-03'],
    scenario: everything(service),
    run: distorting((trace) =>
      trace.map((event) =>
        event.kind === 'process.exited' && event.process.startsWith('work#') && event.because === 'server-restart'
          ? { ...event, exit: { kind: 'killed' as const, by: 'SIGTERM' } }
          : event,
      ),
    ),
  },
  {
    name: 'adds a process when a group is busy',
    breaks: ['CONF-DAEMON-02', 'MODEL-01'],
    scenario: everything(oneGroup({ processes: 2, threads: 1 })),
    run: misreading(withProcesses(3)),
  },
  {
    name: 'runs two processes where one is configured',
    breaks: ['CONF-DAEMON-02', 'LIFE-REPLACE-02'],
    scenario: everything(oneGroup({ processes: 1 })),
    run: misreading(withProcesses(2)),
  },
];
