/** A server of workers that a scenario is made for, and what every scenario does to one. */
import { applicationsOf, type WorkerDeployment } from '../../spec/deployment.ts';
import type { Step } from '../../spec/scenario.ts';
import type { Act, Address, ServerSignal } from '../../spec/trace.ts';
import { fromSeconds, type Millis, millis, type Signal } from '../../spec/vocabulary.ts';
import { workersOf } from '../../spec/workers.ts';
import type { Room } from './room.ts';
import type { Asking, Sending, Situation } from './situations.ts';

/** A running server, and the requests that it was sent so far. */
export interface Server<D extends WorkerDeployment = WorkerDeployment> {
  readonly deployment: D;
  /** Where its first application answers. */
  readonly to: Address;
  readonly places: readonly Address[];
  readonly room: Room;
  readonly asking: Asking;
}

/** Where each application answers to HTTP: none does where only another protocol is spoken. */
export function placesOf(deployment: WorkerDeployment): readonly Address[] {
  const listen =
    deployment.kind === 'uwsgi'
      ? deployment.listens.find(({ protocol }) => protocol !== 'uwsgi' && protocol !== 'other')
      : deployment.listens[0];
  if (!listen) return [];
  return applicationsOf(deployment).map(({ url }) => ({ host: 'localhost', port: listen.port, path: url || '/' }));
}

export const askEach = ({ places, asking }: Server): readonly Step[] => places.map((to) => asking.request(to));

/** Enough requests for each worker to be met, if they are fair. */
export const askWorkers = ({ deployment, to, asking }: Server): readonly Sending[] =>
  Array.from({ length: Math.min(workersOf(deployment).processes.max, 8) + 1 }, () => asking.request(to));

/** Requests that are held, each as surely as this server allows. */
export const fill = ({ room, asking }: Server, to: Address, count: number): readonly Sending[] =>
  Array.from({ length: count }, (_, index) => (index < room.sure ? asking.hold(to) : asking.crowd(to)));

/** Requests that are under way at once, where that need not fill the server. */
export const manyAtOnce = 12;

export const told = (server: Server, signal: ServerSignal): Situation => ({
  name: `the server is sent ${signal}`,
  steps: [...askWorkers(server), serverSignal(signal), ...askWorkers(server)],
});

/** The longest deadline that is waited for. */
const patience = fromSeconds(5);
export const isShort = (deadline: Millis): boolean => deadline > 0 && deadline <= patience;

/** More than a server of whole seconds, which looks at its clock once a second, is late. In ms. */
export const lateness = 3000;
/** More than any server may be late, where what is on time does not keep the scenario waiting. In ms. */
export const utmostLateness = 6000;

export const act = (what: Act): Step => ({ do: 'act', act: what });
export const serverSignal = (signal: ServerSignal): Step => act({ kind: 'server-signal', signal });
export const signal = (which: Signal, { request }: Sending): Step =>
  act({ kind: 'signal', signal: which, processOf: request });
export const awaitReplacement = ({ request }: Sending): Step => ({ do: 'await-replacement', processOf: request });
export const awaitOutcome = ({ request }: Sending, atMost: number): Step => ({
  do: 'await-outcome',
  request,
  atMost: millis(atMost),
});
export const rest = (ms: number): Step => ({ do: 'rest', ms: millis(ms) });
export const release = (sent: readonly Sending[]): Step => ({
  do: 'release',
  requests: sent.map(({ request }) => request),
});
