/** Worlds that tell applications wrong things about threads and processes. */
import { maxChildren, processCount } from '../../spec/deployments/apache.ts';
import type { Flags } from '../../spec/flags.ts';
import { type Decisions, truth } from '../../src/simulator/decisions.ts';
import { deciding, everything, type Mutant } from './mutant.ts';
import { embeddedOn, oneGroup, twoChildren } from './stages.ts';

const telling = (wrong: (...asked: Parameters<Decisions['flags']>) => Partial<Flags>): Mutant['run'] =>
  deciding({
    flags: (deployment, group) => {
      const flags = truth.flags(deployment, group);
      return flags && { ...flags, ...wrong(deployment, group) };
    },
  });

const firstOfMany = { StartServers: 1, MaxRequestWorkers: 4, ThreadsPerChild: 2 };

export const flagMutants: readonly Mutant[] = [
  {
    name: 'says that no threads meet where three do',
    breaks: ['FLAG-PEP-01', 'FLAG-DAEMON-02'],
    scenario: everything(oneGroup()),
    run: telling(() => ({ multithread: false })),
  },
  {
    name: 'says that no processes meet where two do',
    breaks: ['FLAG-PEP-02', 'FLAG-DAEMON-01'],
    scenario: everything(oneGroup({ processes: 2, threads: 2 })),
    run: telling(() => ({ multiprocess: false })),
  },
  {
    name: 'says that the application is called once where it is called often',
    breaks: ['FLAG-PEP-03', 'FLAG-DAEMON-04'],
    scenario: everything(oneGroup({ maximumRequests: 3 })),
    run: telling((deployment, name) => ({
      runOnce: deployment.daemons.some((group) => group.name === name && group.maximumRequests > 0),
    })),
  },
  {
    name: 'says multithread under prefork, as under every other MPM',
    breaks: ['FLAG-PREFORK-01'],
    scenario: everything(embeddedOn('prefork', { StartServers: 2, MaxRequestWorkers: 4 })),
    run: telling(() => ({ multithread: true })),
  },
  {
    name: 'counts the children started under prefork instead of those that may be',
    breaks: ['FLAG-PREFORK-02', 'FLAG-EMBED-01'],
    scenario: everything(embeddedOn('prefork', firstOfMany)),
    run: telling(({ children }) => ({ multiprocess: children.startServers > 1 })),
  },
  {
    name: 'says multithread under event whatever ThreadsPerChild is, as mod_wsgi did before 4.9.0',
    breaks: ['FLAG-WORKER-01'],
    scenario: everything(embeddedOn('event', { StartServers: 2, MaxRequestWorkers: 4, ThreadsPerChild: 1 })),
    run: telling(() => ({ multithread: true })),
  },
  {
    name: 'counts the children started under event instead of those that may be',
    breaks: ['FLAG-WORKER-02', 'FLAG-EMBED-01'],
    scenario: everything(embeddedOn('event', firstOfMany)),
    run: telling(({ children }) => ({ multiprocess: children.startServers > 1 })),
  },
  {
    name: 'takes a child with one connection for a process with one call',
    breaks: ['FLAG-EMBED-02'],
    scenario: everything(embeddedOn('event', { ...firstOfMany, MaxConnectionsPerChild: 1 })),
    run: telling(({ children }) => ({ runOnce: children.maxConnectionsPerChild === 1 })),
  },
  {
    name: 'reads processes=1 as leaving it out',
    breaks: ['FLAG-DAEMON-01'],
    scenario: everything(oneGroup({ processes: 1 })),
    run: telling(({ daemons }, name) => ({
      multiprocess: daemons.some((group) => group.name === name && processCount(group) > 1),
    })),
  },
  {
    name: 'gives a group with neither option one thread',
    breaks: ['FLAG-DAEMON-03', 'FLAG-MODINFO-01'],
    scenario: everything(oneGroup({ threads: 15 })),
    run: deciding({ poolSize: () => ({ processes: 1, threads: 1 }) }),
  },
  {
    name: 'forgets processes when it tells run_once',
    breaks: ['FLAG-DAEMON-04'],
    scenario: everything(oneGroup({ threads: 1, maximumRequests: 1, processes: 2 })),
    run: telling(() => ({ runOnce: false })),
  },
  {
    name: 'tells daemon processes the flags of the MPM',
    breaks: ['FLAG-DAEMON-05', 'FLAG-DAEMON-02'],
    scenario: everything(oneGroup({ threads: 1 })),
    run: telling(({ children }) => ({
      multithread: children.threadsPerChild !== 1,
      multiprocess: maxChildren(children) !== 1,
    })),
  },
  {
    name: 'publishes no size of the group',
    breaks: ['FLAG-MODINFO-01'],
    scenario: everything(twoChildren),
    run: deciding({ poolSize: () => null }),
  },
];
