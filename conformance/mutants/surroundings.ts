/** Worlds whose processes are not given what they were to be given, or keep for themselves what they share. */
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import { plainServer, type ServerSurroundings } from '../../spec/serving/surroundings.ts';
import { truth } from '../../src/simulator/decisions.ts';
import { deciding, everything, type Mutant } from './mutant.ts';
import { oneChild, oneGroup } from './stages.ts';

const given = (deployment: ApacheDeployment, surroundings: Partial<ServerSurroundings>): ApacheDeployment => ({
  ...deployment,
  surroundings: { ...plainServer, ...surroundings },
});

export const surroundingsMutants: readonly Mutant[] = [
  {
    name: 'takes %{GROUP} in a display-name for text',
    breaks: ['CONF-DAEMON-04'],
    scenario: everything(oneGroup({ displayName: '%{GROUP}' })),
    run: deciding({ title: ({ daemons }) => daemons[0]?.displayName ?? '' }),
  },
  {
    name: 'gives every daemon process the title of its group',
    breaks: ['CONF-DAEMON-04'],
    scenario: everything(oneGroup()),
    run: deciding({ title: (_, processGroup) => `(wsgi:${processGroup})` }),
  },
  {
    name: 'gives every interpreter a working directory of its own',
    breaks: ['ISO-INTERP-09'],
    scenario: everything(oneGroup()),
    run: deciding({ workingDirectoryKey: (place) => truth.interpreterKey(place) }),
  },
  {
    name: 'lets requests handle signals',
    breaks: ['RESTRICT-SIGNAL-01'],
    scenario: everything(oneGroup()),
    run: deciding({ registration: () => 'taken' }),
  },
  {
    name: 'refuses signal handlers that it was to ignore',
    breaks: ['RESTRICT-SIGNAL-01'],
    scenario: everything(oneChild),
    run: deciding({ registration: () => 'refused' }),
  },
  {
    name: 'goes on ignoring signal handlers when that is switched off',
    breaks: ['RESTRICT-SIGNAL-02'],
    scenario: everything(given(oneGroup(), { restrictSignal: false })),
    run: deciding({ registration: () => 'ignored' }),
  },
  {
    name: 'restricts both streams unless told otherwise, as before 3.0',
    breaks: ['RESTRICT-STDIN-01', 'RESTRICT-STDOUT-01'],
    scenario: everything(oneGroup()),
    run: deciding({ restrictedStreams: () => ({ restrictsStdin: true, restrictsStdout: true }) }),
  },
  {
    name: 'leaves restricted streams open',
    breaks: ['RESTRICT-STDIN-01', 'RESTRICT-STDOUT-01'],
    scenario: everything(given(oneChild, { restrictStdin: true, restrictStdout: true })),
    run: deciding({ restrictedStreams: () => ({ restrictsStdin: false, restrictsStdout: false }) }),
  },
];
