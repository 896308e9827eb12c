/**
 * Deployments of Apache for what hardly any drawn one shows. Together they exercise every rule about Apache by their situations
 * alone; the suite holds that of the gateway and of the simulator.
 */
import { existsSync } from 'node:fs';
import type { ApacheDeployment, DaemonGroup, ModWsgiRelease, Mpm } from '../../spec/deployments/apache.ts';
import { mountsOf } from '../../spec/routing/mounts.ts';
import type { ApacheScenario } from '../../spec/scenario.ts';
import { plainServer } from '../../spec/serving/surroundings.ts';
import { fromSeconds, millis } from '../../spec/vocabulary.ts';
import { isPerforming } from '../../src/probe/pep-situations.ts';
import { situationsOf } from '../../src/probe/situations.ts';
import type { Mode } from '../arbitraries/modes.ts';
import { impatient, shortQueue } from '../mutants/dispatch.ts';
import {
  accounts,
  alias,
  daemon,
  embeddedOn,
  expansions,
  filesAndPatterns,
  furnished,
  hiddenAlias,
  host,
  importing,
  interrupting,
  keeping,
  noEmbedded,
  notLazy,
  notReloading,
  oneGroup,
  oneInterpreter,
  preloading,
  recycling,
  refusals,
  sections,
  service,
  shortDeadlines,
  shortGrace,
  soonEvicting,
  soonStopped,
  stage,
  twoChildren,
  twoInterpreters,
  under,
} from '../mutants/stages.ts';

export interface ApacheOccasion {
  /** What is deployed, in a few words. */
  readonly name: string;
  readonly deployment: ApacheDeployment;
  /** It shows how PEP 3333 is kept as well, which the others leave out: what runs the application is the same. */
  readonly performs?: true;
}

/** One group and one script: all that a rule about how its processes end asks for, and little to go through. */
const lone = (group: Partial<DaemonGroup> = {}): ApacheDeployment =>
  stage({
    daemons: [daemon('shop', { threads: 2, ...group })],
    hosts: [host({ settings: { processGroup: 'shop' }, scriptAliases: [alias('/a', a)] })],
  });
const a = '/srv/a.wsgi';

/** Where Debian and others have a Python: a directory for python-home. */
const systemPrefix = '/usr';

/** Several processes, which have run a script before they are asked for anything. */
const loadedAhead: ApacheDeployment = {
  ...lone({ processes: 2, threads: 1, startupTimeout: fromSeconds(2), inactivityTimeout: fromSeconds(2) }),
  preloads: [{ script: a, processGroup: 'shop', applicationGroup: 'early', because: 'WSGIImportScript', host: 0 }],
};

/** Scripts are not watched, and their applications may handle signals. */
const unwatched: ApacheDeployment = { ...notReloading, surroundings: { ...plainServer, restrictSignal: false } };

const everywhere: readonly ApacheOccasion[] = [
  { name: 'a daemon group of two threads', deployment: oneGroup({ threads: 2 }), performs: true },
  { name: 'two children of two threads', deployment: twoChildren, performs: true },
  // Rules FLAG-DAEMON-03 and DISP-SOCK-03.
  { name: 'a daemon group of which nothing is said', deployment: { ...lone(), daemons: [daemon('shop')] } },
  // Rules DISP-SOCK-02 and PROC-LOSS-01.
  { name: 'a daemon group of two processes', deployment: lone({ processes: 2, threads: 1 }) },
  { name: 'two daemon groups and sections that choose', deployment: sections },
  { name: 'mounts that are refused', deployment: refusals },
  { name: 'embedded mode forbidden', deployment: noEmbedded },
  { name: 'application groups by expansion', deployment: expansions },
  { name: 'an alias that hides another one', deployment: hiddenAlias },
  { name: 'files and expressions', deployment: filesAndPatterns },
  {
    name: 'a daemon group of two interpreters and little patience',
    deployment: twoInterpreters({ shutdownTimeout: fromSeconds(1) }),
  },
  { name: 'a daemon group with a short queue and short patience', deployment: shortQueue },
  { name: 'a daemon group whose silence is not long endured', deployment: impatient },
  { name: 'scripts that processes run first', deployment: importing },
  { name: 'an alias that loads its script ahead', deployment: preloading },
  { name: 'a process without threads beside a site', deployment: service },
  { name: 'a daemon group that gives its processes all it can', deployment: furnished },
  { name: 'a Python that begins in the parent', deployment: notLazy },
  { name: 'scripts that are not watched and may handle signals', deployment: unwatched },
  { name: 'a daemon group whose requests are not waited for long', deployment: shortGrace() },
  { name: 'a daemon group whose requests are soon given up where it is told to go', deployment: soonEvicting },
  {
    name: 'a daemon group whose requests are numbered and not waited for long',
    deployment: shortGrace({ maximumRequests: 2 }),
  },
  // Rule LIFE-MAXREQ-02.
  { name: 'a daemon process of three requests', deployment: lone({ threads: 1, maximumRequests: 3 }) },
  // Rule SHUT-GRACE-03.
  {
    name: 'a daemon group whose requests are waited for without end',
    deployment: lone({ gracefulTimeout: millis(0) }),
  },
  { name: 'a daemon group whose every deadline is short', deployment: shortDeadlines },
  // Rules LIFE-RESTART-01 and, of release 6 alone, LIFE-REQTIME-05.
  { name: 'a daemon process that lives three seconds', deployment: lone({ restartInterval: fromSeconds(3) }) },
  {
    name: 'a daemon process that lives three seconds, under mod_wsgi 6',
    deployment: under('6', lone({ restartInterval: fromSeconds(3) })),
  },
  // Rule LIFE-MONITOR-01.
  {
    name: 'a daemon group that nothing watches',
    deployment: lone({ deadlockTimeout: millis(0), restartInterval: fromSeconds(2) }),
  },
  // Rule LIFE-CPU-01.
  { name: 'a daemon process of one second of processor time', deployment: lone({ cpuTimeLimit: fromSeconds(1) }) },
  // Rule LIFE-DEADLOCK-01: not in the same process, where a busy machine may take the one for the other.
  {
    name: 'a daemon group that is soon called deadlocked',
    deployment: lone({ deadlockTimeout: fromSeconds(4), shutdownTimeout: fromSeconds(1) }),
  },
  // Rule LIFE-STARTUP-02.
  { name: 'daemon processes that have loaded their script when their time begins', deployment: loadedAhead },
  { name: 'a daemon group whose requests are interrupted', deployment: interrupting },
  { name: 'children that keep connections over a restart', deployment: keeping({}) },
  { name: 'children whose daemon sockets keep their names', deployment: keeping({ socketRotation: false }) },
  { name: 'a child that ends after two connections', deployment: recycling },
  // Rule MPM-STOP-02.
  { name: 'children of prefork that a graceful stop waits for a second', deployment: soonStopped('prefork') },
  { name: 'children of event that a graceful stop waits for a second', deployment: soonStopped('event') },
  {
    name: 'children of prefork that are spared',
    deployment: embeddedOn('prefork', {
      StartServers: 2,
      MaxRequestWorkers: 6,
      MinSpareServers: 1,
      MaxSpareServers: 2,
    }),
  },
  {
    name: 'children of worker that are spared',
    deployment: embeddedOn('worker', {
      StartServers: 1,
      ThreadsPerChild: 2,
      MaxRequestWorkers: 8,
      MinSpareThreads: 2,
      MaxSpareThreads: 4,
    }),
  },
];

/** What an occasion makes a server go through. */
export const situationsOn = ({ deployment, performs }: ApacheOccasion): ApacheScenario => ({
  deployment,
  steps: situationsOf(deployment)
    .filter((situation) => performs || !isPerforming(situation))
    .flatMap(({ steps }) => steps),
});

/**
 * Every occasion that this machine can have. Rules CONF-PYHOME-01 and ISO-INTERP-04 are that of a Python of their own, and
 * CONF-USER-01 that of other accounts, which only a server of root can take, whose own Python they may not be able to read.
 */
export const apacheOccasions: readonly ApacheOccasion[] = [
  ...everywhere,
  ...(existsSync(`${systemPrefix}/bin/python3`)
    ? [
        { name: 'two scripts in one interpreter of a Python of their own', deployment: withOwnPython() },
        { name: 'processes that run as somebody else', deployment: accounts(systemPrefix) },
      ]
    : []),
];

/** Those of one target: a server of this MPM and mode, of the release that is there, or of whichever one they are about. */
export const occasionsOf = (mpm: Mpm, mode: Mode, release: ModWsgiRelease | 'any'): readonly ApacheDeployment[] =>
  apacheOccasions
    .map(({ deployment }) => deployment)
    .filter(
      (deployment) =>
        deployment.server.mpm === mpm &&
        modeOf(deployment) === mode &&
        (release === 'any' || deployment.server.modWsgi === '4.9' || deployment.server.modWsgi === release),
    )
    .map((deployment) => (release === 'any' ? deployment : under(release, deployment)));

const modeOf = (deployment: ApacheDeployment): Mode =>
  mountsOf(deployment).some(({ route }) => route?.kind === 'application' && route.mount.processGroup !== '')
    ? 'daemon'
    : 'embedded';

function withOwnPython(): ApacheDeployment {
  const deployment = oneInterpreter('%{GLOBAL}');
  return { ...deployment, daemons: deployment.daemons.map((group) => ({ ...group, pythonHome: systemPrefix })) };
}
