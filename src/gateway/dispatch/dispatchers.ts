/** The dispatchers of a gateway, one for each process group that runs; a restart changes which there are. */
import type { ApacheDeployment } from '../../../spec/deployments/apache.ts';
import type { DispatchPolicy } from '../../../spec/dispatch/dispatch-policy.ts';
import type { GroupPlan } from '../../../spec/machines/process-terms.ts';
import type { ProcessGroupName } from '../../../spec/vocabulary.ts';
import type { Audience } from '../audience.ts';
import type { GatewayOptions } from '../gateway.ts';
import { Dispatcher, type DispatchObserver } from './dispatcher.ts';

export class Dispatchers {
  readonly #observer: DispatchObserver;
  readonly #policy: DispatchPolicy | undefined;
  readonly #groups = new Map<ProcessGroupName, Dispatcher>();

  constructor(audience: Audience, { dispatch, log }: Pick<GatewayOptions, 'dispatch' | 'log'>) {
    this.#policy = dispatch;
    this.#observer = {
      onQueued: ({ id }, processGroup) => {
        if (id !== null) audience.tellRequest({ kind: 'request.queued', request: id, processGroup });
      },
      onAccepted: ({ id }, { settings: { process } }) => {
        if (id !== null) audience.tellRequest({ kind: 'request.accepted', request: id, process });
      },
      log: (line) => log?.('gateway', line),
    };
  }

  /**
   * What waits for a group that stays goes on waiting; what waits for one that is gone is told so. Requests for embedded
   * applications are not dispatched: the child that has the connection has the request.
   */
  reconfigure(plans: readonly GroupPlan[], deployment: ApacheDeployment): void {
    const wanted = new Set(plans.map(({ processGroup }) => processGroup).filter((processGroup) => processGroup !== ''));
    for (const [processGroup, dispatcher] of this.#groups) {
      if (wanted.has(processGroup)) continue;
      dispatcher.close();
      this.#groups.delete(processGroup);
    }
    for (const processGroup of wanted) {
      const daemon = deployment.daemons.find((group) => group.name === processGroup);
      const dispatcher = this.#groups.get(processGroup) ?? new Dispatcher(processGroup, this.#observer, this.#policy);
      dispatcher.configure(daemon ?? null, deployment);
      this.#groups.set(processGroup, dispatcher);
    }
  }

  get(processGroup: ProcessGroupName): Dispatcher | undefined {
    return this.#groups.get(processGroup);
  }

  /** How many requests wait for a thread of each group. */
  get waiting(): ReadonlyMap<ProcessGroupName, number> {
    return new Map([...this.#groups].map(([group, dispatcher]) => [group, dispatcher.waiting]));
  }

  /** The server stops: what still waits is told so. */
  close(): void {
    for (const dispatcher of this.#groups.values()) dispatcher.close();
  }
}
