/** Situations in which the clock ends a daemon process, where its deadlines are short enough to be waited for. */
import { type DaemonGroup, type ModWsgiRelease, processCount } from '../../spec/deployments/apache.ts';
import { isMonitored } from '../../spec/machines/process-monitor.ts';
import { requestTimeLimit } from '../../spec/predict/durations.ts';
import type { RoutedMount } from '../../spec/routing/route.ts';
import type { Step } from '../../spec/scenario.ts';
import type { Address } from '../../spec/trace.ts';
import { fromSeconds, type Millis, millis } from '../../spec/vocabulary.ts';
import type { Asking, Sending, Situation } from './situations.ts';

/** The longest deadline that is waited for. */
const patience = fromSeconds(5);
const isShort = (duration: Millis | null): boolean => duration !== null && duration > 0 && duration <= patience;

/** A daemon group, and a place where it answers. */
interface Group {
  readonly daemon: DaemonGroup;
  readonly to: Address;
  readonly mount: RoutedMount;
}

/** One situation for each deadline of the group that can be waited for. */
export function deadlines(group: Group, release: ModWsgiRelease, asking: Asking): readonly Situation[] {
  const { daemon } = group;
  const { name, shutdownTimeout, gracefulTimeout } = daemon;
  // Whoever is stuck is let go only by the shutdown-timeout.
  const endsBySelf = isShort(shutdownTimeout);
  const situations: readonly (Situation & { readonly when: boolean })[] = [
    {
      name: `${name} is left alone for its inactivity-timeout`,
      when: isShort(daemon.inactivityTimeout),
      steps: leftAlone(group, asking),
    },
    {
      name: `a process of ${name} lives for its restart-interval`,
      when: isMonitored(daemon) && isShort(daemon.restartInterval),
      steps: leftAlone(group, asking),
    },
    {
      name: `the restart-interval of ${name} is over while a request is inside`,
      // It is let go well before anybody gives it up.
      when: isMonitored(daemon) && isShort(daemon.restartInterval) && daemon.requestTimeout === 0 && hasGrace(daemon),
      steps: overtaken(group, asking),
    },
    {
      name: `a request to ${name} takes longer than its request-timeout`,
      when: endsBySelf && daemon.interruptTimeout === 0 && isShort(requestTimeLimit(daemon, release, 1)),
      steps: stuck(group, asking),
    },
    {
      name: `a request to ${name} is interrupted at its request-timeout`,
      when: daemon.interruptTimeout > 0 && isShort(requestTimeLimit(daemon, release, 1)),
      steps: interrupted(group, asking),
    },
    {
      name: `a request to ${name} waits through its interruption`,
      when: endsBySelf && isShort(daemon.interruptTimeout) && isShort(requestTimeLimit(daemon, release, 1)),
      steps: stuck(group, asking),
    },
    {
      name: `a request to ${name} keeps the global lock`,
      when: endsBySelf && isShort(daemon.deadlockTimeout),
      steps: ended(asking.request(group.to, { kind: 'hold-gil' }), group, asking),
    },
    {
      name: `a request to ${name} uses up the processor time`,
      // With graceful-timeout=0 mod_wsgi may be left with a process that does nothing any more. Source: LIFE-CPU-02.
      when: isShort(daemon.cpuTimeLimit) && gracefulTimeout > 0,
      steps: ended(asking.request(group.to, { kind: 'burn-cpu' }), group, asking),
    },
    {
      name: `no script of ${name} can be imported for its startup-timeout`,
      when: isMonitored(daemon) && isShort(daemon.startupTimeout) && isReplacedByAChange(group),
      steps: failing(group, asking),
    },
  ];
  return situations.filter(({ when }) => when).map(({ name, steps }) => ({ name, steps }));
}

/** The one process of a group has its script changed, and a new one that has loaded nothing takes its place. */
const isReplacedByAChange = ({ daemon, mount }: Group): boolean =>
  mount.scriptReloading && processCount(daemon) === 1 && daemon.maximumRequests === 0;

const leftAlone = ({ to }: Group, asking: Asking): readonly Step[] => {
  const before = asking.request(to);
  return [before, replaced(before), asking.request(to)];
};

/** Long enough after the restart-interval for the process to have noticed, whose monitor looks once a second. */
const noticing = 2000;
const hasGrace = ({ gracefulTimeout }: DaemonGroup): boolean => gracefulTimeout === 0 || gracefulTimeout > 2 * noticing;

const overtaken = ({ daemon, to }: Group, asking: Asking): readonly Step[] => {
  const held = asking.hold(to);
  return [
    held,
    { do: 'await-outcome', request: held.request, atMost: millis(daemon.restartInterval + noticing) },
    { do: 'release', requests: [held.request] },
    replaced(held),
    asking.request(to),
  ];
};

const stuck = ({ to }: Group, asking: Asking): readonly Step[] => {
  const held = asking.hold(to);
  return [held, replaced(held), { do: 'release', requests: [held.request] }, asking.request(to)];
};

const interrupted = ({ to }: Group, asking: Asking): readonly Step[] => [
  asking.request(to),
  asking.request(to, { kind: 'run-on', atMost: millis(4 * patience) }),
  asking.request(to),
];

const ended = (ending: Sending, { to }: Group, asking: Asking): readonly Step[] => [
  ending,
  replaced(ending),
  asking.request(to),
];

const failing = ({ to, mount: { script } }: Group, asking: Asking): readonly Step[] => {
  const last = asking.request(to);
  return [
    asking.request(to),
    { do: 'act', act: { kind: 'break', script } },
    asking.request(to),
    last,
    replaced(last),
    { do: 'act', act: { kind: 'mend', script } },
    asking.request(to),
  ];
};

/** A script that raises, until it is mended: tried by each request, in the same process. */
export const raisingScript = ({ to, mount }: Group, asking: Asking): readonly Situation[] => {
  const { script } = mount;
  return [
    {
      name: `${script} raises in ${mount.processGroup}, and is mended`,
      steps: [
        asking.request(to),
        { do: 'act', act: { kind: 'break', script } },
        asking.request(to),
        asking.request(to),
        { do: 'act', act: { kind: 'mend', script } },
        asking.request(to),
        asking.request(to),
      ],
    },
  ];
};

const replaced = ({ request }: Sending): Step => ({ do: 'await-replacement', processOf: request });
