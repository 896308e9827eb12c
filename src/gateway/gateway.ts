/** The executing world: real HTTP in front, real CPython processes, threads and sub-interpreters behind. */
import type { ApacheDeployment, ChildPool } from '../../spec/deployments/apache.ts';
import type { DispatchPolicy } from '../../spec/dispatch/dispatch-policy.ts';
import { type GroupPlan, groupPlans } from '../../spec/machines/process-terms.ts';
import { mountsOf } from '../../spec/routing/mounts.ts';
import { keepAliveOf } from '../../spec/serving/keep-alive.ts';
import { keepLimits } from '../../spec/serving/limits-at-restart.ts';
import type { ApacheSignal, Happening } from '../../spec/trace.ts';
import { assertNever, fromSeconds, type ProcessGroupName, type ProcessId } from '../../spec/vocabulary.ts';
import { Audience } from './audience.ts';
import { CannotStart } from './cannot-start.ts';
import { Dispatchers } from './dispatch/dispatchers.ts';
import type { Carrier } from './dispatch/exchange.ts';
import { SlotServer } from './dispatch/slot-server.ts';
import { Front } from './front/front.ts';
import { Reception } from './front/reception.ts';
import type { RequestAccounts } from './front/request-account.ts';
import type { LogOrigin } from './logs/error-log.ts';
import { Children } from './processes/children.ts';
import { gilWarnings } from './processes/gil-support.ts';
import { processSurroundings } from './processes/process-surroundings.ts';
import { findPython, type Python } from './processes/python.ts';
import { type ServerProcessView, Supervisor } from './processes/supervisor.ts';
import { checkSurroundings } from './processes/surroundings-check.ts';
import { WorkerCount } from './processes/worker-count.ts';

export interface GatewayOptions {
  readonly deployment: ApacheDeployment;
  /** Runs the applications of every group without a `python-home`; default `python3`. */
  readonly python?: string;
  /** Where to listen for a configured port; default that port itself. 0 is any free one. */
  readonly portFor?: (configured: number) => number;
  /** Default 127.0.0.1, whatever the configuration says: opening to the network is a decision of its own. */
  readonly address?: string;
  /** Whether an alias target is a directory of scripts. */
  readonly isDirectory?: (path: string) => boolean;
  /** The file that is executed for a script; default the script itself. */
  readonly fileOf?: (script: string) => string;
  /** Where the socket is made to which processes connect; null is nowhere, and the default on Linux. */
  readonly socketFolder?: string | null;
  /** Which process of a group is given a request; default as with mod_wsgi, where nobody chooses. */
  readonly dispatch?: DispatchPolicy;
  /** Takes request ids from the header `X-Wsgiscope-Request`, so that a driver can recognise its own. */
  readonly trustsRequestIds?: boolean;
  /** Hears everything that goes into a trace. */
  readonly observe?: (happening: Happening) => void;
  /** Who hears what else; listeners may come and go while the gateway runs. */
  readonly audience?: Audience;
  /** Hears of each request when it is over. Without it nothing is kept of requests. */
  readonly account?: RequestAccounts;
  /** Gets the gateway before it starts a process, so that a start that takes long can be watched. */
  readonly onMade?: (gateway: Gateway) => void;
  /** Hears each line that a process or the gateway writes to its log; without an origin the gateway itself complains. */
  readonly log?: (source: string, line: string, origin?: LogOrigin) => void;
}

export class Gateway {
  /** The Python that runs the applications. */
  readonly #python: string;
  readonly pythonVersion: string;
  readonly #front: Front;
  readonly #supervisor: Supervisor;
  readonly #slotServer: SlotServer;
  readonly #dispatchers: Dispatchers;
  readonly #children: Children;
  /** What it runs: the configuration that was read last. */
  #deployment: ApacheDeployment;
  /** Stands for the children where no process does. */
  #standing: WorkerCount | null = null;
  readonly #reception: Reception;
  readonly #options: GatewayOptions;
  readonly #audience: Audience;
  /** The pool with which the server was started: some of it stays. */
  readonly #pool: ChildPool;
  /** The restarts asked for so far: one is over before the next one begins. */
  #reconfigured: Promise<void> = Promise.resolve();
  readonly #killAll = (): void => this.#supervisor.killAll();

  /**
   * Starts a deployment and returns when it takes requests.
   * @throws CannotStart with a message for the user; nothing is left running then.
   */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const { deployment, address = '127.0.0.1', portFor = (configured) => configured } = options;
    const python = await findPython(options.python);
    await checkSurroundings(deployment, neededPlans(deployment), python.command, saying(options));
    for (const { processGroup } of neededPlans(deployment))
      for (const warning of gilWarnings(
        deployment.surroundings.gil,
        processGroup,
        await pythonOf(deployment, processGroup, python),
      ))
        options.log?.('gateway', warning);
    const front = await Front.open(
      {
        ports: [...new Set(deployment.listens.map(({ port }) => port))],
        address,
        portFor,
        backlog: deployment.children.listenBacklog,
        limits: deployment.limits,
        log: (...said) => options.log?.(...said),
        ...(options.account && { account: options.account }),
        keepAlive: keepAliveOf(deployment),
      },
      {
        arrive: (connection) => gateway.#children.arrive(connection),
        receive: (request, response, connection) => gateway.#reception.receive(request, response, connection),
      },
    );
    const slotServer = await SlotServer.listen(
      (hello, connection) =>
        gateway.#supervisor.addSlot(hello.process as ProcessId, hello.applicationGroup, connection),
      options.socketFolder,
    ).catch(async (error) => {
      await front.end();
      throw error;
    });
    const gateway: Gateway = new Gateway(options, python, front, slotServer);
    options.onMade?.(gateway);
    await gateway.#run();
    return gateway;
  }

  private constructor(options: GatewayOptions, python: Python, front: Front, slotServer: SlotServer) {
    const { deployment, audience = new Audience(), observe } = options;
    this.#options = options;
    this.#deployment = deployment;
    this.#pool = deployment.children;
    this.#front = front;
    this.#slotServer = slotServer;
    this.#audience = audience;
    if (observe) audience.hearEverything(observe);
    this.#python = python.command;
    this.pythonVersion = python.version;
    const plans = neededPlans(deployment);
    this.#dispatchers = new Dispatchers(audience, options);
    this.#dispatchers.reconfigure(plans, deployment);
    this.#children = new Children(options.dispatch);
    this.#standIn();
    this.#supervisor = new Supervisor({
      deployment,
      plans,
      dispatchers: this.#dispatchers,
      children: this.#children,
      python: python.command,
      slotServer,
      fileOf: fileOf(options),
      observe: (happening) => audience.tellLifecycle(happening),
      log: (...said) => options.log?.(...said),
      onAcceptAgain: () => this.#standIn(),
      onClose: () => this.#closeListeners(),
      connectionsOver: () => front.connections === 0,
    });
    front.whenConnectionsOver(() => {
      const { server } = this.#supervisor;
      if (server.getSnapshot().status === 'active') server.send({ type: 'CONNECTIONS_OVER' });
    });
    this.#reception = this.#receptionOf(options);
  }

  /** The real port for each configured port. */
  get ports(): ReadonlyMap<number, number> {
    return this.#front.ports;
  }

  /** The process ids of the running server processes. */
  get pids(): readonly number[] {
    return this.#supervisor.pids;
  }

  /** The server processes there are, with the threads of each. */
  get processes(): readonly ServerProcessView[] {
    return this.#supervisor.processes;
  }

  /** The process groups that run, and how many requests wait for a thread of each. */
  get queues(): ReadonlyMap<ProcessGroupName, number> {
    const embedded = this.#standing === null ? ([['', this.#children.waiting]] as const) : [];
    return new Map([...embedded, ...this.#dispatchers.waiting]);
  }

  /** What the server machine is doing: `starting`, `running`, … */
  get state(): string {
    return stateOf(this.#supervisor.server.getSnapshot().value);
  }

  /** Does what the signal means to an Apache parent. */
  signal(signal: ApacheSignal): void {
    const events = {
      SIGTERM: 'STOP',
      SIGWINCH: 'GRACEFUL_STOP',
      SIGUSR1: 'GRACEFUL_RESTART',
      SIGHUP: 'RESTART',
    } as const;
    if (signal === 'SIGUSR1' || signal === 'SIGHUP') this.#renewChildren();
    this.#supervisor.server.send({ type: events[signal] });
  }

  /**
   * Restarts with another configuration, as Apache does when it is signalled: what it no longer has is ended, what it
   * adds is started, and all that stays is replaced. Requests that wait go on waiting; the ports that stay are open all
   * the time. Resolves when the server runs again, or has been told to stop meanwhile.
   *
   * Apache itself ends when the new configuration cannot be run, and `apachectl` looks first; so does this.
   * @throws CannotStart with a message for the user; the server goes on with the configuration that it has.
   */
  async reconfigure(deployment: ApacheDeployment, signal: 'SIGUSR1' | 'SIGHUP'): Promise<void> {
    const done = this.#reconfigured.then(() => this.#reconfigure(deployment, signal));
    this.#reconfigured = done.catch(() => {});
    await done;
    await this.#until((status, state) => status === 'done' || state !== 'restarting');
  }

  async #reconfigure(read: ApacheDeployment, signal: 'SIGUSR1' | 'SIGHUP'): Promise<void> {
    const { server } = this.#options.deployment;
    // Source: httpd 2.4, mpm_common.c, ap_check_mpm.
    if (read.server.mpm !== server.mpm)
      throw new CannotStart(
        `the MPM cannot be changed from ${server.mpm} to ${read.server.mpm} during a restart\nfix: stop the server and start it again`,
      );
    await checkSurroundings(read, neededPlans(read), this.#python, saying(this.#options));
    const { pool: children, messages } = keepLimits(this.#pool, read.children);
    const closeOthers = await this.#front.listenOn([...new Set(read.listens.map(({ port }) => port))]);
    for (const message of messages) this.#options.log?.('gateway', message);
    const deployment = { ...read, children };
    const plans = neededPlans(deployment);
    this.#deployment = deployment;
    this.#dispatchers.reconfigure(plans, deployment);
    this.#front.limits = deployment.limits;
    this.#front.keepAlive = keepAliveOf(deployment);
    this.#renewChildren();
    this.#reception.reconfigure(deployment);
    this.#supervisor.restart(deployment, plans, signal);
    closeOthers();
  }

  /** Resolves when the server has done what a signal means, as {@link file://../../spec/trace.ts} says. */
  whenSignalled(signal: ApacheSignal): Promise<void> {
    switch (signal) {
      case 'SIGUSR1':
      case 'SIGHUP':
        return this.#until((status, state) => status === 'done' || state === 'running');
      case 'SIGWINCH':
        return Promise.resolve(); // Its listeners are closed at once.
      case 'SIGTERM':
        return this.stopped();
      default:
        return assertNever(signal);
    }
  }

  /** Resolves when the server has stopped and nothing of it is left. */
  async stopped(): Promise<void> {
    await this.#until((status) => status === 'done');
    process.off('exit', this.#killAll);
    this.#dispatchers.close();
    this.#slotServer.close();
    await this.#front.end();
  }

  /** Stops the server and resolves when nothing of it is left. */
  async stop(): Promise<void> {
    this.#dispatchers.close();
    if (this.#supervisor.server.getSnapshot().status !== 'done') this.signal('SIGTERM');
    await this.stopped();
  }

  /** Ends every process at once, for callers that cannot wait. */
  kill(): void {
    this.#supervisor.killAll();
  }

  /** Settles the next time that a connection has to wait for a child. */
  whenConnectionWaits(signal: AbortSignal): Promise<void> {
    return this.#children.whenOneWaits(signal);
  }

  /** The server restarts: those who are there have their connections, and reach no daemon process any more. */
  #renewChildren(): void {
    this.#children.growOld();
    if (this.#standing) this.#children.remove(this.#standing);
    this.#standing = null;
  }

  /** Where nothing is embedded, no process is started for the children, and all their workers are counted as one. */
  #standIn(): void {
    const { children, server } = this.#deployment;
    this.#standing = null;
    if (neededPlans(this.#deployment).some(({ processGroup }) => processGroup === '')) return;
    const onFree = (): void => this.#children.serveQueue();
    this.#standing = new WorkerCount(children.maxRequestWorkers, server.mpm !== 'event', onFree);
    this.#children.add(this.#standing);
  }

  #closeListeners(): void {
    this.#front.close();
    this.#children.end();
    if (this.#standing) this.#children.remove(this.#standing);
  }

  async #run(): Promise<void> {
    process.on('exit', this.#killAll);
    this.#supervisor.server.start();
    await this.#until((_, state) => state === 'running');
  }

  #until(reached: (status: string, state: string) => boolean): Promise<void> {
    const { server } = this.#supervisor;
    const isReached = (): boolean => reached(server.getSnapshot().status, this.state);
    if (isReached()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isReached()) return;
        subscription.unsubscribe();
        resolve();
      };
      const subscription = server.subscribe({ next: look, complete: look });
    });
  }

  #receptionOf(options: GatewayOptions): Reception {
    const { deployment, isDirectory, trustsRequestIds = false, account, log } = options;
    return new Reception({
      deployment,
      dispatchers: this.#dispatchers,
      carrier: this.#carrier(options),
      fileOf: fileOf(options),
      realPort: (configured) => this.ports.get(configured),
      trustsRequestIds,
      audience: this.#audience,
      log: (...said) => log?.(...said),
      ...(isDirectory && { isDirectory }),
      ...(account && { account }),
    });
  }

  #carrier({ deployment, log }: GatewayOptions): Carrier {
    const supervisor = this.#supervisor;
    const audience = this.#audience;
    return {
      // Source: rule DISP-PROXY-01.
      lostStatus: deployment.server.modWsgi === '6' ? 502 : 500,
      serverName: 'wsgiscope',
      again: (exchange, because) => {
        const { id, process: refuser } = exchange;
        if (because === 'script-changed' && id !== null && refuser !== null)
          audience.tellRequest({ kind: 'request.replayed', request: id, process: refuser });
        const { processGroup } = exchange.mount;
        const dispatcher = this.#dispatchers.get(processGroup);
        if (dispatcher && because === 'script-changed') dispatcher.resubmit(exchange);
        else if (dispatcher) dispatcher.putBack(exchange);
        else if (processGroup === '')
          exchange.abort(); // Its child is gone, and the connection with it.
        else exchange.answer(503); // A restart took its process group away.
      },
      loaded: ({ process: by, mount }, script, again) => {
        if (by !== null) supervisor.loaded(by, mount.applicationGroup, script, again);
      },
      failed: ({ process: by, mount }, script, error) => {
        log?.('gateway', `script failed: ${error}`);
        if (by !== null) supervisor.loadFailed(by, mount.applicationGroup, script, error);
      },
      scriptChanged: ({ process: by, mount }, script) => {
        if (by !== null) supervisor.scriptChanged(by, mount.applicationGroup, script);
      },
    };
  }
}

const saying =
  (options: Pick<GatewayOptions, 'log'>) =>
  (line: string): void =>
    options.log?.('gateway', line);

const fileOf =
  (options: Pick<GatewayOptions, 'fileOf'>) =>
  (script: string): string =>
    options.fileOf?.(script) ?? script;

/** The Python that a group runs. */
async function pythonOf(
  deployment: ApacheDeployment,
  processGroup: ProcessGroupName,
  otherwise: Python,
): Promise<Python> {
  const { python } = processSurroundings(deployment, processGroup, otherwise.command);
  return python === otherwise.command ? otherwise : findPython(python);
}

/** What fails is tried again later and later than Apache does. See docs/decisions/0015-a-running-server-goes-on.md. */
const longestPause = fromSeconds(20);

/** The groups worth running: Apache has children in any case, but they start Python only for embedded applications. */
function neededPlans(deployment: ApacheDeployment): readonly GroupPlan[] {
  // A mount without an address of its own (a pattern) may lead anywhere.
  const mayBeEmbedded = mountsOf(deployment).some(
    ({ route: found }) => found === null || (found.kind === 'application' && found.mount.processGroup === ''),
  );
  return groupPlans(deployment)
    .filter((plan) => plan.processGroup !== '' || mayBeEmbedded)
    .map((plan) => ({ ...plan, longestPause }));
}

/** Of a state within a state, the outer one. */
const stateOf = (value: string | object): string => (typeof value === 'string' ? value : (Object.keys(value)[0] ?? ''));
