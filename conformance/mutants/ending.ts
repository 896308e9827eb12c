/** Worlds that end processes wrongly: too soon, too late, or without a word to their applications. */
import type { ApacheScenario } from '../../spec/scenario.ts';
import type { Trace } from '../../spec/trace.ts';
import { fromSeconds } from '../../spec/vocabulary.ts';
import { deciding, distorting, everything, type Mutant, misreading } from './mutant.ts';
import { oneGroup, shortGrace, soonEvicting, twoInterpreters } from './stages.ts';

const off = fromSeconds(0);
const graceful: ApacheScenario = everything(oneGroup());
/** Its shutdown-timeout is over before anybody loses patience. */
const impatient: ApacheScenario = everything(twoInterpreters({ shutdownTimeout: fromSeconds(1) }));

/** Whoever is killed still says goodbye. */
const callsHandlersOfTheKilled = (trace: Trace): Trace =>
  trace.flatMap((event) => {
    if (event.kind !== 'act.performed' || event.act.kind !== 'signal' || event.act.signal !== 'SIGKILL') return [event];
    const request = event.act.processOf;
    return [event, { seq: 0, at: event.at, kind: 'exit-handler.called' as const, request, handler: 'atexit' as const }];
  });

/** What threads have to say comes when their process is as good as gone. */
const endsThreadsLast = (trace: Trace): Trace => {
  const late: Trace[number][] = [];
  return trace.flatMap((event) => {
    if (event.kind === 'exit-handler.called' && event.handler === 'thread') {
      late.push(event);
      return [];
    }
    return event.kind === 'process.exited' ? [...late.splice(0), event] : [event];
  });
};

export const endingMutants: readonly Mutant[] = [
  {
    name: 'takes SIGUSR1 for SIGTERM',
    breaks: ['SHUT-SIG-01', 'SHUT-GRACE-01'],
    scenario: graceful,
    run: deciding({ understands: (signal) => (signal === 'SIGUSR1' ? 'SIGTERM' : signal) }),
  },
  {
    name: 'accepts nothing during a graceful wait',
    breaks: ['SHUT-GRACE-01'],
    scenario: graceful,
    run: deciding({ acceptsWhileDraining: () => false }),
  },
  {
    name: 'takes a second SIGUSR1 for SIGTERM',
    breaks: ['SHUT-GRACE-04'],
    scenario: graceful,
    run: deciding({ understands: (signal, count) => (signal === 'SIGUSR1' && count > 1 ? 'SIGTERM' : signal) }),
  },
  {
    name: 'ends at once where there is no timeout to wait for',
    breaks: ['SHUT-GRACE-03'],
    scenario: everything(oneGroup({ gracefulTimeout: off, evictionTimeout: off })),
    run: deciding({ understands: (signal) => (signal === 'SIGUSR1' ? 'SIGTERM' : signal) }),
  },
  {
    name: 'sets no deadline to a graceful wait',
    breaks: ['SHUT-GRACE-02'],
    scenario: everything(shortGrace()),
    run: misreading((deployment) => ({
      ...deployment,
      daemons: deployment.daemons.map((group) => ({ ...group, gracefulTimeout: off })),
    })),
  },
  {
    name: 'waits for graceful-timeout where there is an eviction-timeout',
    breaks: ['SHUT-GRACE-02'],
    scenario: everything(soonEvicting),
    run: misreading((deployment) => ({
      ...deployment,
      daemons: deployment.daemons.map((group) => ({ ...group, evictionTimeout: off })),
    })),
  },
  {
    name: 'cuts requests off at the graceful deadline',
    breaks: ['SHUT-GRACE-02'],
    scenario: everything(shortGrace()),
    run: deciding({ joinsThreads: () => false }),
  },
  {
    name: 'waits for ever for the requests of a process that shuts down',
    breaks: ['SHUT-TIME-01'],
    scenario: impatient,
    run: misreading((deployment) => ({
      ...deployment,
      daemons: deployment.daemons.map((group) => ({ ...group, shutdownTimeout: off })),
    })),
  },
  {
    name: 'leaves without its requests',
    breaks: ['SHUT-TIME-01'],
    scenario: graceful,
    run: deciding({ joinsThreads: () => false }),
  },
  {
    name: 'ends the main interpreter first',
    breaks: ['SHUT-ATEXIT-01'],
    scenario: impatient,
    run: deciding({ exitOrder: (groups) => groups.toSorted() }),
  },
  {
    name: 'forgets the exit handlers of the main interpreter',
    breaks: ['SHUT-ATEXIT-01'],
    scenario: impatient,
    run: deciding({ exitOrder: (groups) => groups.filter((group) => group !== '') }),
  },
  {
    name: 'lets exit handlers run beside threads',
    breaks: ['SHUT-THREADS-01'],
    scenario: everything(twoInterpreters()),
    run: distorting(endsThreadsLast),
  },
  {
    name: 'goes without its threads',
    breaks: ['SHUT-THREADS-01'],
    scenario: everything(twoInterpreters()),
    run: deciding({ waitsForThreads: () => false }),
  },
  {
    name: 'runs exit handlers in spite of WSGIDestroyInterpreter Off',
    breaks: ['SHUT-ATEXIT-02'],
    scenario: everything(twoInterpreters({}, false)),
    run: deciding({ destroysInterpreters: () => true }),
  },
  {
    name: 'runs the exit handlers of a process that is killed',
    breaks: ['SHUT-ATEXIT-02'],
    scenario: impatient,
    run: distorting(callsHandlersOfTheKilled),
  },
  {
    name: 'tells applications of the end when their requests have left',
    breaks: ['SHUT-ATEXIT-03'],
    scenario: impatient,
    run: deciding({ tellsShutdown: () => 'after-joining' }),
  },
];
