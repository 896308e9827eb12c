/** Worlds that keep apart what belongs together, or together what belongs apart. */
import { requestId } from '../../spec/vocabulary.ts';
import { deciding, everything, type Mutant, reporting } from './mutant.ts';
import { expansions, oneChild, oneGroup, oneInterpreter, sections } from './stages.ts';

const to = { host: 'example.org', port: 8080, path: '/a' };

export const isolationMutants: readonly Mutant[] = [
  {
    name: 'lets applications in while another one is imported',
    breaks: ['ISO-LOCK-01'],
    scenario: everything(oneGroup()),
    run: deciding({ locksImports: () => false }),
  },
  {
    name: 'lets all processes share globals',
    breaks: ['ISO-PROC-01'],
    scenario: everything(oneGroup({ processes: 2, threads: 2 })),
    run: deciding({
      scriptGlobalsKey: ({ applicationGroup, script }) => `${applicationGroup}/${script}`,
      importedModuleKey: ({ applicationGroup }) => applicationGroup,
    }),
  },
  {
    name: 'gives every thread globals of its own',
    breaks: ['ISO-PROC-02'],
    scenario: everything(oneGroup()),
    run: deciding({
      scriptGlobalsKey: (place) => `${place.process}/${place.applicationGroup}/${place.script}/${place.thread}`,
    }),
  },
  {
    name: 'loses count of the requests in one set of globals',
    breaks: ['ISO-PROC-02'],
    scenario: everything(oneGroup()),
    run: reporting((seen) => ({ ...seen, scriptCount: 1 })),
  },
  {
    name: 'runs all mounts of a process in one interpreter',
    breaks: ['ISO-INTERP-01', 'ISO-INTERP-03'],
    scenario: everything(oneGroup()),
    run: deciding({ interpreterKey: ({ process }) => process, importedModuleKey: ({ process }) => process }),
  },
  {
    name: 'leaves the port out of the default group',
    breaks: ['ISO-INTERP-02'],
    scenario: everything(oneGroup()),
    run: reporting((seen) => ({ ...seen, applicationGroup: seen.applicationGroup?.replace(/:\d+/, '') ?? null })),
  },
  {
    name: 'loads a script once for all its mounts',
    breaks: ['ISO-INTERP-03'],
    scenario: everything(oneGroup()),
    run: deciding({
      interpreterKey: ({ process, script }) => `${process}/${script}`,
      importedModuleKey: ({ process, script }) => `${process}/${script}`,
      scriptGlobalsKey: ({ process, script, loading }) => `${process}/${script}/${loading}`,
    }),
  },
  {
    name: 'gives every script an interpreter, whatever its group is',
    breaks: ['ISO-INTERP-04'],
    scenario: everything(oneInterpreter('shared')),
    run: deciding({ interpreterKey: ({ process, script }) => `${process}/${script}` }),
  },
  {
    name: 'runs two scripts of one group as one module',
    breaks: ['ISO-INTERP-04', 'ISO-INTERP-05'],
    scenario: everything(oneInterpreter('shared')),
    run: deciding({ moduleName: () => `_mod_wsgi_${'0'.repeat(32)}` }),
  },
  {
    name: 'names the script’s module __main__',
    breaks: ['ISO-INTERP-05'],
    scenario: everything(oneGroup()),
    run: deciding({ moduleName: () => '__main__' }),
  },
  {
    name: 'gives %{GLOBAL} a group of its own',
    breaks: ['ISO-INTERP-06'],
    scenario: everything(expansions),
    run: reporting((seen) => ({ ...seen, applicationGroup: seen.applicationGroup || 'main' })),
  },
  {
    name: 'makes a new interpreter when a script changes, as mod_wsgi 1 could',
    breaks: ['ISO-INTERP-07', 'RELOAD-EMBED-01'],
    scenario: everything(oneChild),
    run: deciding({
      interpreterKey: (place) => `${place.process}/${place.applicationGroup}/${place.loading}`,
      importedModuleKey: (place) => `${place.process}/${place.applicationGroup}/${place.loading}`,
    }),
  },
  {
    name: 'says multithread and lets requests in one by one',
    breaks: ['ISO-THREAD-01'],
    scenario: {
      deployment: oneGroup(),
      steps: [
        { do: 'request', request: requestId(1), to },
        { do: 'hold', request: requestId(2), to },
        { do: 'crowd', request: requestId(3), to },
        { do: 'release', requests: [requestId(2), requestId(3)] },
      ],
    },
    run: deciding({ threadLimit: ({ kind, threads }) => (kind === 'daemon' ? 1 : threads) }),
  },
  {
    name: 'runs every request on one thread',
    breaks: ['ISO-THREAD-01'],
    scenario: everything(sections),
    run: reporting((seen) => ({ ...seen, thread: seen.process })),
  },
  {
    name: 'gives every request fresh thread-local data',
    breaks: ['ISO-INTERP-08'],
    scenario: everything(oneGroup()),
    run: deciding({ threadLocalKey: ({ request }) => request }),
  },
];
