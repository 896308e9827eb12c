/** Worlds whose processes are not given what they were to be given, or keep for themselves what they share. */
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import { plainServer, type ServerSurroundings } from '../../spec/serving/surroundings.ts';
import { truth } from '../../src/simulator/decisions.ts';
import { deciding, everything, type Mutant } from './mutant.ts';
import { accounts, furnished, notLazy, oneChild, oneGroup } from './stages.ts';

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
  {
    name: 'runs every process as the user of the server',
    breaks: ['CONF-USER-01'],
    scenario: everything(accounts()),
    run: deciding({
      given: (deployment, processGroup) => ({
        ...truth.given(deployment, processGroup),
        account: { ...truth.given(deployment, processGroup).account, user: truth.given(deployment, '').account.user },
      }),
    }),
  },
  {
    name: 'takes the group of the user where a process group names another',
    breaks: ['CONF-USER-01'],
    scenario: everything(accounts()),
    run: deciding({
      given: (...of) => {
        const given = truth.given(...of);
        return { ...given, account: { ...given.account, group: given.account.user } };
      },
    }),
  },
  {
    name: 'leaves a process in the groups of whoever started it',
    breaks: ['CONF-USER-01'],
    scenario: everything(accounts()),
    run: deciding({
      given: (...of) => {
        const given = truth.given(...of);
        const ofRoot = { id: 0, name: 'root' };
        return { ...given, account: { ...given.account, groups: [...given.account.groups, ofRoot] } };
      },
    }),
  },
  {
    name: 'takes a umask for a decimal number',
    breaks: ['CONF-UMASK-01'],
    scenario: everything(furnished),
    run: deciding({ given: (...of) => ({ ...truth.given(...of), umask: '0033' }) }),
  },
  {
    name: 'gives no process less of the processor',
    breaks: ['CONF-PRIO-01'],
    scenario: everything(furnished),
    run: deciding({ given: (...of) => ({ ...truth.given(...of), priority: 0 }) }),
  },
  {
    name: 'lets the data of a process grow without limit',
    breaks: ['CONF-MEMORY-01'],
    scenario: everything(furnished),
    run: deciding({ given: (...of) => ({ ...truth.given(...of), dataLimit: null }) }),
  },
  {
    name: 'takes the limit of the data for that of the address space',
    breaks: ['CONF-MEMORY-01'],
    scenario: everything(furnished),
    run: deciding({
      given: (...of) => {
        const given = truth.given(...of);
        return { ...given, addressSpaceLimit: given.dataLimit };
      },
    }),
  },
  {
    name: 'runs every process with the Python of the server',
    breaks: ['CONF-PYHOME-01'],
    scenario: everything(oneGroup({ pythonHome: '/srv/venv' })),
    run: deciding({ given: (...of) => ({ ...truth.given(...of), pythonPrefix: '/usr' }) }),
  },
  {
    name: 'gives a group its own Python although there is one in the parent',
    breaks: ['CONF-LAZY-01'],
    scenario: everything(notLazy),
    run: deciding({
      given: (deployment, processGroup) => ({
        ...truth.given(deployment, processGroup),
        pythonPrefix: deployment.daemons.find(({ name }) => name === processGroup)?.pythonHome ?? '/usr',
      }),
    }),
  },
  {
    name: 'sets no language and no locale',
    breaks: ['CONF-LANG-01'],
    scenario: everything(furnished),
    run: deciding({ given: (...of) => ({ ...truth.given(...of), lang: null, locale: null }) }),
  },
  {
    name: 'puts python-path behind all other directories',
    breaks: ['CONF-PATH-01'],
    scenario: everything(furnished),
    run: deciding({
      given: (...of) => {
        const given = truth.given(...of);
        return { ...given, modulePath: ['/usr/lib/python3', ...given.modulePath] };
      },
    }),
  },
  {
    name: 'leaves daemon processes where the server began',
    breaks: ['CONF-HOME-01'],
    scenario: everything(furnished),
    run: deciding({ home: () => '/' }),
  },
  {
    name: 'hands credentials to every application',
    breaks: ['CONF-AUTH-01'],
    scenario: everything(furnished),
    run: deciding({ passesAuthorization: () => true }),
  },
  {
    name: 'hands credentials to no application',
    breaks: ['CONF-AUTH-01'],
    scenario: everything(furnished),
    run: deciding({ passesAuthorization: () => false }),
  },
  {
    name: 'looks up every application by the same name',
    breaks: ['CONF-CALL-01'],
    scenario: everything(furnished),
    run: deciding({ looksUp: () => 'application' }),
  },
];
