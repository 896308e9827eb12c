/**
 * The executing world for a server of workers: real HTTP in front, real CPython processes behind, all of which take
 * requests from one queue.
 *
 * What differs from the real servers: connections are accepted here and not by the workers, so that a request waits here
 * where it would wait unread in the kernel; applications are never loaded before a fork; gevent's greenlets are threads.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnyActorRef } from 'xstate';
import type { WorkerDeployment } from '../../../spec/deployment.ts';
import { routeToWorker } from '../../../spec/routing/worker-route.ts';
import { releasesTheLockWhileIdle } from '../../../spec/serving/idle-threads.ts';
import { plainLimits } from '../../../spec/serving/request-limits.ts';
import type { Happening, ServerSignal } from '../../../spec/trace.ts';
import { millis, type ProcessGroupName, type ProcessId, type RequestId } from '../../../spec/vocabulary.ts';
import { Audience } from '../audience.ts';
import { CannotStart } from '../cannot-start.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import { type Carrier, Exchange } from '../dispatch/exchange.ts';
import { SlotServer } from '../dispatch/slot-server.ts';
import type { Connection } from '../front/connection.ts';
import { answerError } from '../front/error-page.ts';
import { Front } from '../front/front.ts';
import { textOf } from '../front/path-text.ts';
import { openAccount } from '../front/request-account.ts';
import { parseRequestTarget } from '../front/request-target.ts';
import type { GatewayOptions } from '../gateway.ts';
import { Children } from '../processes/children.ts';
import { findPython, type Python } from '../processes/python.ts';
import type { ServerProcessView } from '../processes/supervisor.ts';
import { WorkerCount } from '../processes/worker-count.ts';
import { workerRequestPayload, workerRoutePayload } from './worker-environ.ts';
import { mostThreads } from './worker-host-settings.ts';
import { WorkerSupervisor } from './worker-supervisor.ts';

export interface WorkerGatewayOptions
  extends Pick<
    GatewayOptions,
    | 'python'
    | 'portFor'
    | 'address'
    | 'fileOf'
    | 'socketFolder'
    | 'trustsRequestIds'
    | 'observe'
    | 'audience'
    | 'account'
    | 'log'
  > {
  readonly deployment: WorkerDeployment;
  /** The directory that the server is started in; default this program's own. */
  readonly folder?: string;
  /** Gets the gateway before it starts a process, so that a start that takes long can be watched. */
  readonly onMade?: (gateway: WorkerGateway) => void;
}

export class WorkerGateway {
  /** The Python that runs the applications. */
  readonly pythonVersion: string;
  readonly #options: WorkerGatewayOptions;
  readonly #front: Front;
  readonly #slotServer: SlotServer;
  readonly #audience: Audience;
  readonly #dispatcher: Dispatcher;
  readonly #supervisor: WorkerSupervisor;
  /** Connections wait nowhere: what waits are requests. */
  readonly #children = new Children();
  readonly #standing = new WorkerCount(Number.POSITIVE_INFINITY, false, () => this.#children.serveQueue());
  readonly #carrier: Carrier;
  readonly #routes = new Map<string, string>();
  readonly #killAll = (): void => this.#supervisor.killAll();
  #deployment: WorkerDeployment;
  /** Configurations that were read again so far: one is followed before the next one is. */
  #reconfigured: Promise<void> = Promise.resolve();
  #requests = 0;

  /**
   * Starts a deployment and returns when it takes requests, or has stopped because it cannot.
   * @throws CannotStart with a message for the user; nothing is left running then.
   */
  static async start(options: WorkerGatewayOptions): Promise<WorkerGateway> {
    const { deployment, address = '127.0.0.1', portFor = (configured) => configured } = options;
    const ports = portsOf(deployment);
    const python = await findPython(options.python);
    const front = await Front.open(
      {
        ports,
        address,
        portFor,
        backlog: backlogOf(deployment),
        limits: plainLimits,
        log: (...said) => options.log?.(...said),
        keepAlive: keepAliveOf(deployment),
        ...(options.account && { account: options.account }),
      },
      {
        arrive: (connection) => gateway.#children.arrive(connection),
        receive: (request, response, connection) => gateway.#receive(request, response, connection),
      },
    );
    const slotServer = await SlotServer.listen(
      (hello, socket) => gateway.#supervisor.addSlot(hello.process as ProcessId, hello.applicationGroup, socket),
      options.socketFolder,
    ).catch(async (error) => {
      await front.end();
      throw error;
    });
    const gateway: WorkerGateway = new WorkerGateway(options, python, front, slotServer);
    options.onMade?.(gateway);
    await gateway.#run();
    return gateway;
  }

  private constructor(options: WorkerGatewayOptions, python: Python, front: Front, slotServer: SlotServer) {
    this.#options = options;
    this.#front = front;
    this.#slotServer = slotServer;
    this.pythonVersion = python.version;
    const { observe, deployment, audience = new Audience() } = options;
    this.#deployment = deployment;
    this.#audience = audience;
    if (observe) this.#audience.hearEverything(observe);
    this.#children.add(this.#standing);
    const tell = (happening: Happening): void => this.#audience.tellRequest(happening);
    this.#dispatcher = new Dispatcher('', {
      onQueued: ({ id }) => {
        if (id !== null) tell({ kind: 'request.queued', request: id, processGroup: '' });
      },
      onAccepted: ({ id }, { settings: { process } }) => {
        if (id !== null) tell({ kind: 'request.accepted', request: id, process });
      },
      onGiven: (host) => this.#supervisor.given(host),
      log: (line) => options.log?.('gateway', line),
    });
    this.#supervisor = new WorkerSupervisor({
      deployment,
      dispatcher: this.#dispatcher,
      python: python.command,
      slotServer,
      fileOf: (script) => this.#fileOf(script),
      folder: options.folder ?? process.cwd(),
      observe: (happening) => this.#audience.tellLifecycle(happening),
      log: (...said) => options.log?.(...said),
      onOpen: () => {},
      onClose: () => {
        front.close();
        this.#children.end();
      },
    });
    this.#carrier = {
      lostStatus: 500,
      serverName: null,
      again: (exchange) => this.#dispatcher.putBack(exchange),
      loaded: () => {},
      failed: () => {},
      scriptChanged: () => {},
    };
    for (const line of differences(deployment)) options.log?.('gateway', line);
  }

  /** What is followed now. */
  get deployment(): WorkerDeployment {
    return this.#deployment;
  }

  /** The real port for each configured port. */
  get ports(): ReadonlyMap<number, number> {
    return this.#front.ports;
  }

  get pids(): readonly number[] {
    return this.#supervisor.pids;
  }

  get processes(): readonly ServerProcessView[] {
    return this.#supervisor.processes;
  }

  /** How many requests wait for a worker: all are of one group, which has no name. */
  get queues(): ReadonlyMap<ProcessGroupName, number> {
    return new Map([['', this.#dispatcher.waiting]]);
  }

  /** What the server is doing: `starting`, `running`, … */
  get state(): string {
    return this.#supervisor.state;
  }

  /** Workers that take requests. */
  get serving(): number {
    return this.#supervisor.serving;
  }

  /** Does what the signal means to the parent of the workers. */
  signal(signal: ServerSignal): void {
    if (this.state !== 'stopped') this.#supervisor.server.send({ type: 'SIGNAL', signal });
  }

  /**
   * Does what the signal means, with a configuration that was read again. Ports that stay are open all the time.
   * @throws CannotStart with a message for the user; the server goes on with the configuration that it has.
   */
  async reconfigure(deployment: WorkerDeployment, signal: ServerSignal): Promise<void> {
    const done = this.#reconfigured.then(() => this.#reconfigure(deployment, signal));
    this.#reconfigured = done.catch(() => {});
    await done;
  }

  async #reconfigure(deployment: WorkerDeployment, signal: ServerSignal): Promise<void> {
    if (this.state === 'stopped') return;
    if (!isSameServer(this.#deployment, deployment))
      throw new CannotStart(
        'the server cannot become another one, or get or lose its master, while it runs\nfix: stop it and start it again',
      );
    const closeOthers = await this.#front.listenOn(portsOf(deployment));
    this.#deployment = deployment;
    this.#routes.clear();
    this.#front.keepAlive = keepAliveOf(deployment);
    this.#supervisor.reconfigure(deployment);
    this.signal(signal);
    closeOthers();
  }

  /** A file that the deployment's server would look at has changed. */
  touched(because: Parameters<WorkerSupervisor['touched']>[0]): void {
    this.#supervisor.touched(because);
  }

  /** Resolves when the server runs, or runs no more. */
  whenSettled(): Promise<void> {
    return this.#until((state) => state === 'running' || state === 'stopped');
  }

  /** Resolves when the server has stopped and nothing of it is left. */
  async stopped(): Promise<void> {
    await this.#until((state) => state === 'stopped');
    process.off('exit', this.#killAll);
    this.#dispatcher.close((exchange) => exchange.abort());
    this.#slotServer.close();
    await this.#front.end();
  }

  /** Stops the server and resolves when nothing of it is left. */
  async stop(): Promise<void> {
    const signal = this.#deployment.kind === 'uwsgi' ? 'SIGINT' : 'SIGTERM';
    // After SIGUSR2 there is another arbiter to be told.
    while (this.state !== 'stopped') {
      this.signal(signal);
      await this.whenSettled();
    }
    await this.stopped();
  }

  /** Ends every process at once, for callers that cannot wait. */
  kill(): void {
    this.#supervisor.killAll();
  }

  async #run(): Promise<void> {
    process.on('exit', this.#killAll);
    this.#supervisor.server.start();
    await this.whenSettled();
    if (this.state === 'stopped') await this.stopped();
  }

  #until(reached: (state: string) => boolean): Promise<void> {
    if (reached(this.state)) return Promise.resolve();
    return new Promise((resolve) => {
      const server: AnyActorRef = this.#supervisor.server;
      const look = (): void => {
        if (!reached(this.state)) return;
        subscription.unsubscribe();
        resolve();
      };
      const subscription = server.subscribe({ next: look, complete: look });
    });
  }

  #fileOf(script: string): string {
    return this.#options.fileOf?.(script) ?? script;
  }

  #receive(request: IncomingMessage, response: ServerResponse, connection: Connection): void {
    const id = this.#requestId(request);
    connection.take(response, () => this.#handle(request, response, connection.port, id));
  }

  #handle(request: IncomingMessage, response: ServerResponse, port: number, id: RequestId | null): void {
    const { account: hear } = this.#options;
    const account = hear ? openAccount(request, response, port, hear) : null;
    const target = parseRequestTarget(request.url ?? '/');
    if (target.kind === 'bad') {
      answerError(response, target.status);
      return;
    }
    const deployment = this.#deployment;
    const route = routeToWorker(deployment, textOf(target.path));
    if (route.kind === 'refused') {
      answerError(response, route.status);
      return;
    }
    const key = `${port} ${target.path}`;
    const known = this.#routes.get(key);
    const payload = known ?? workerRoutePayload(deployment, route, this.#fileOf(route.application.script), port);
    // Clients choose the paths: what is remembered must not grow with them.
    if (known === undefined && this.#routes.size >= rememberedRoutes) this.#routes.clear();
    if (known === undefined) this.#routes.set(key, payload);
    const destination = { processGroup: '', applicationGroup: route.applicationGroup, limitRequestBody: 0 };
    const exchange = new Exchange(
      request,
      response,
      id,
      destination,
      { route: payload, request: workerRequestPayload(request, target.query) },
      this.#carrier,
    );
    if (account) {
      account.mount = { host: 0, script: route.application.script, processGroup: '' };
      account.carriedBy = exchange;
    }
    this.#dispatcher.submit(exchange);
  }

  #requestId(request: IncomingMessage): RequestId | null {
    if (!this.#audience.hearsRequests) return null;
    const given = this.#options.trustsRequestIds ? request.headers['x-wsgiscope-request'] : undefined;
    return (typeof given === 'string' ? given : `g${++this.#requests}`) as RequestId;
  }
}

/** Another server, and uWSGI with or without a master, lives by another machine. */
const isSameServer = (one: WorkerDeployment, other: WorkerDeployment): boolean =>
  one.kind === 'uwsgi' ? other.kind === 'uwsgi' && one.master === other.master : one.kind === other.kind;

const rememberedRoutes = 4096;

/** @throws CannotStart where there is none. */
function portsOf({ listens }: WorkerDeployment): readonly number[] {
  const ports = [...new Set(listens.map(({ port }) => port))].filter((port) => port > 0);
  if (ports.length > 0) return ports;
  throw new CannotStart(
    'the configuration names no TCP port to listen on\nfix: let it listen on one, as in --bind 127.0.0.1:8000 or http-socket = 127.0.0.1:8000',
  );
}

function backlogOf(deployment: WorkerDeployment): number {
  if (deployment.kind === 'gunicorn') return deployment.backlog;
  return deployment.kind === 'uwsgi' ? deployment.listen : 511;
}

/** Sync workers and uWSGI close every connection; of plain servers nothing is known, and HTTP/1.1 keeps connections. */
function keepAliveOf(deployment: WorkerDeployment) {
  switch (deployment.kind) {
    case 'gunicorn':
      return {
        isOn: deployment.workerClass !== 'sync' && deployment.keepAlive > 0,
        timeout: deployment.keepAlive,
        maxRequests: 0,
      };
    case 'uwsgi':
      return { isOn: false, timeout: millis(0), maxRequests: 0 };
    case 'plain':
      return { isOn: true, timeout: millis(5000), maxRequests: 0 };
  }
}

/** What the user should know that is not as with the real server. */
function differences(deployment: WorkerDeployment): readonly string[] {
  const preloads =
    deployment.kind === 'gunicorn' ? deployment.preloadApp : deployment.kind === 'uwsgi' && !deployment.lazyApps;
  const standsStill = deployment.kind === 'uwsgi' && !releasesTheLockWhileIdle(deployment);
  const isGreen = deployment.kind === 'gunicorn' && deployment.workerClass === 'gevent';
  return [
    ...(preloads ? ['the application is loaded in each worker here, not once before they are forked'] : []),
    ...(standsStill ? ['threads that the application starts run here also while no request does'] : []),
    ...(isGreen
      ? [`requests that gevent runs in greenlets have threads here, ${mostThreads} at most in a worker`]
      : []),
  ];
}
