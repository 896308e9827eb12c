/** The executing world: real HTTP in front, real CPython processes, threads and sub-interpreters behind. */
import { statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DaemonGroup, type Deployment, processCount } from '../../spec/deployment.ts';
import { type GroupPlan, groupPlans } from '../../spec/machines/process-terms.ts';
import { mountsOf } from '../../spec/mounts.ts';
import { type Route, route } from '../../spec/route.ts';
import type { Happening } from '../../spec/trace.ts';
import type { ProcessGroupName, ProcessId, RequestId } from '../../spec/vocabulary.ts';
import { Admission } from './admission.ts';
import { CannotStart } from './cannot-start.ts';
import { Dispatcher, type DispatchObserver } from './dispatcher.ts';
import { environOf, type Listener } from './environ.ts';
import { type Carrier, Exchange } from './exchange.ts';
import { findPython, pythonOfHome } from './python.ts';
import { hostName, hostPort, parseRequestTarget } from './request-target.ts';
import { SlotServer } from './slot-server.ts';
import { Supervisor } from './supervisor.ts';

export interface GatewayOptions {
  readonly deployment: Deployment;
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
  /** Takes request ids from the header `X-Wsgiscope-Request`, so that a driver can recognise its own. */
  readonly trustsRequestIds?: boolean;
  /** Hears everything that goes into a trace. */
  readonly observe?: (happening: Happening) => void;
  /** Hears each line that a process or the gateway writes to its log. */
  readonly log?: (source: string, line: string) => void;
}

/** Remembered routes; requests choose the paths, so the number is bounded. */
const rememberedRoutes = 4096;

export class Gateway {
  /** The real port for each configured port. */
  readonly ports: ReadonlyMap<number, number>;
  /** The Python that runs the applications. */
  readonly pythonVersion: string;
  readonly #options: GatewayOptions;
  readonly #fronts: readonly Server[];
  readonly #supervisor: Supervisor;
  readonly #slotServer: SlotServer;
  readonly #dispatchers: ReadonlyMap<ProcessGroupName, Dispatcher>;
  readonly #carrier: Carrier;
  readonly #admission: Admission;
  readonly #routes = new Map<string, Route>();
  readonly #killAll = (): void => this.#supervisor.killAll();
  #requests = 0;

  /**
   * Starts a deployment and returns when it takes requests.
   * @throws CannotStart with a message for the user; nothing is left running then.
   */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const python = await findPython(options.python);
    for (const group of options.deployment.daemons) await checkSurroundings(group);
    const fronts: Server[] = [];
    try {
      const ports = await listen(options, fronts);
      const slotServer = await SlotServer.listen((hello, socket) =>
        gateway.#supervisor.addSlot(hello.process as ProcessId, hello.applicationGroup, socket),
      );
      const gateway = new Gateway(options, python, fronts, ports, slotServer);
      await gateway.#run();
      return gateway;
    } catch (error) {
      for (const front of fronts) front.close();
      throw error;
    }
  }

  private constructor(
    options: GatewayOptions,
    python: { command: string; version: string },
    fronts: readonly Server[],
    ports: ReadonlyMap<number, number>,
    slotServer: SlotServer,
  ) {
    const { deployment } = options;
    this.#options = options;
    this.#fronts = fronts;
    this.#slotServer = slotServer;
    this.ports = ports;
    this.pythonVersion = python.version;
    this.#admission = new Admission(deployment.children.maxRequestWorkers);
    const plans = neededPlans(deployment);
    const observer: DispatchObserver = {
      onQueued: ({ id }, processGroup) => {
        if (id !== null) this.#observe({ kind: 'request.queued', request: id, processGroup });
      },
      onAccepted: ({ id }, host) => {
        if (id !== null) this.#observe({ kind: 'request.accepted', request: id, process: host.settings.process });
      },
    };
    this.#dispatchers = new Map(
      plans.map(({ processGroup }) => {
        const daemon = deployment.daemons.find((group) => group.name === processGroup);
        return [processGroup, new Dispatcher(processGroup, daemon ? processCount(daemon) : 0, observer)];
      }),
    );
    this.#supervisor = new Supervisor({
      deployment,
      plans,
      dispatchers: this.#dispatchers,
      python: python.command,
      slotServer,
      fileOf: (script) => this.#fileOf(script),
      observe: (happening) => this.#observe(happening),
      log: (source, line) => options.log?.(source, line),
      onOpen: () => {},
      onClose: () => {
        for (const front of fronts) {
          front.close();
          front.closeIdleConnections();
        }
      },
    });
    this.#carrier = {
      // Source: rule DISP-PROXY-01.
      lostStatus: deployment.server.modWsgi === '6' ? 502 : 500,
      again: (exchange, because) => {
        const { id, process: refuser } = exchange;
        if (because === 'script-changed' && id !== null && refuser !== null)
          this.#observe({ kind: 'request.replayed', request: id, process: refuser });
        this.#dispatchers.get(exchange.mount.processGroup)?.resubmit(exchange);
      },
      loaded: ({ process: by, mount }, script, again) => {
        if (by !== null) this.#supervisor.loaded(by, mount.applicationGroup, script, again);
      },
      failed: ({ process: by, mount }, script, error) => {
        this.#options.log?.('gateway', `script failed: ${error}`);
        if (by !== null) this.#supervisor.loadFailed(by, mount.applicationGroup, script, error);
      },
      scriptChanged: ({ process: by, mount }, script) => {
        if (by !== null) this.#supervisor.scriptChanged(by, mount.applicationGroup, script);
      },
    };
    for (const [index, port] of [...ports.keys()].entries()) {
      const listener = { port, software: `Apache/2.4 (wsgiscope) mod_wsgi/${deployment.server.modWsgi}` };
      const handle = (request: IncomingMessage, response: ServerResponse): void =>
        this.#handle(request, response, listener);
      fronts[index]?.on('request', handle);
      // The application decides by reading the body whether the client may send it.
      fronts[index]?.on('checkContinue', handle);
    }
  }

  /** The process ids of the running server processes. */
  get pids(): readonly number[] {
    return this.#supervisor.pids;
  }

  /** What the server machine is doing: `starting`, `running`, … */
  get state(): string {
    return String(this.#supervisor.server.getSnapshot().value);
  }

  /** Does what the signal means to an Apache parent. */
  signal(signal: 'SIGTERM' | 'SIGWINCH' | 'SIGUSR1' | 'SIGHUP'): void {
    const events = {
      SIGTERM: 'STOP',
      SIGWINCH: 'GRACEFUL_STOP',
      SIGUSR1: 'GRACEFUL_RESTART',
      SIGHUP: 'RESTART',
    } as const;
    this.#supervisor.server.send({ type: events[signal] });
  }

  /** Resolves when the server has stopped and nothing of it is left. */
  async stopped(): Promise<void> {
    await this.#until((status) => status === 'done');
    process.off('exit', this.#killAll);
    for (const dispatcher of this.#dispatchers.values()) dispatcher.close();
    this.#slotServer.close();
    await Promise.all(
      this.#fronts.map(
        (front) =>
          new Promise<void>((resolve) => {
            front.close(() => resolve());
            front.closeAllConnections();
          }),
      ),
    );
  }

  /** Stops the server and resolves when nothing of it is left. */
  async stop(): Promise<void> {
    for (const dispatcher of this.#dispatchers.values()) dispatcher.close();
    if (this.#supervisor.server.getSnapshot().status !== 'done') this.signal('SIGTERM');
    await this.stopped();
  }

  /** Ends every process at once, for callers that cannot wait. */
  kill(): void {
    this.#supervisor.killAll();
  }

  async #run(): Promise<void> {
    process.on('exit', this.#killAll);
    this.#supervisor.server.start();
    await this.#until((_, value) => value === 'running');
  }

  #until(reached: (status: string, value: unknown) => boolean): Promise<void> {
    const { server } = this.#supervisor;
    const isReached = (): boolean => reached(server.getSnapshot().status, server.getSnapshot().value);
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

  #observe(happening: Happening): void {
    this.#options.observe?.(happening);
  }

  #fileOf(script: string): string {
    return this.#options.fileOf?.(script) ?? script;
  }

  #handle(request: IncomingMessage, response: ServerResponse, listener: Listener): void {
    const target = parseRequestTarget(request.url ?? '/');
    if (target.kind === 'bad') {
      answer(response, target.status);
      return;
    }
    const header = target.host ?? request.headers.host ?? '';
    const host = hostName(header);
    const found = this.#route(header, listener.port, target.path);
    const dispatcher = found.kind === 'application' ? this.#dispatchers.get(found.mount.processGroup) : undefined;
    if (found.kind !== 'application' || !dispatcher) {
      if (found.kind === 'refused') this.#options.log?.('gateway', `${found.status} for ${target.path}: ${found.why}`);
      answer(response, found.kind === 'refused' ? found.status : found.kind === 'unmapped' ? 404 : 503);
      return;
    }
    const { mount } = found;
    const serverName = host || (this.#options.deployment.hosts[mount.host]?.serverName ?? 'localhost');
    const environ = environOf(request, mount, serverName, target.query, listener);
    const file = this.#fileOf(mount.script);
    const id = this.#requestId(request);
    const exchange = new Exchange(request, response, id, mount, file, environ, this.#carrier);
    const begin = (): void => dispatcher.submit(exchange);
    response.once('close', () => this.#admission.leave(begin));
    if (!this.#admission.enter(begin) && id !== null)
      this.#observe({ kind: 'request.queued', request: id, processGroup: mount.processGroup });
  }

  #route(header: string, port: number, path: string): Route {
    const key = `${port} ${header} ${path}`;
    const known = this.#routes.get(key);
    if (known) return known;
    const { deployment, isDirectory } = this.#options;
    const named = hostPort(header);
    // A client that was sent to another port than the configured one names that; it means the configured one.
    const namedPort = named === this.ports.get(port) ? port : named;
    const found = route(
      deployment,
      { host: hostName(header), port, namedPort, path },
      { environment: process.env, ...(isDirectory && { isDirectory }) },
    );
    if (this.#routes.size >= rememberedRoutes) this.#routes.clear();
    this.#routes.set(key, found);
    return found;
  }

  /** Null where nobody watches: then nothing is recorded on the path of a request. */
  #requestId(request: IncomingMessage): RequestId | null {
    if (!this.#options.observe) return null;
    const given = this.#options.trustsRequestIds ? request.headers['x-wsgiscope-request'] : undefined;
    return (typeof given === 'string' ? given : `g${++this.#requests}`) as RequestId;
  }
}

/** What a daemon process would fail for at once, again and again, is said before anything is started. */
async function checkSurroundings({ name, home, pythonHome }: DaemonGroup): Promise<void> {
  if (pythonHome !== null) await findPython(pythonOfHome(pythonHome));
  if (home !== null && !statSync(home, { throwIfNoEntry: false })?.isDirectory())
    throw new CannotStart(`home=${home} of process group '${name}' is no directory\nfix: make it, or name another one`);
}

/** The groups worth running: Apache has children in any case, but they start Python only for embedded applications. */
function neededPlans(deployment: Deployment): readonly GroupPlan[] {
  // A mount without an address of its own (a pattern) may lead anywhere.
  const mayBeEmbedded = mountsOf(deployment).some(
    ({ route: found }) => found === null || (found.kind === 'application' && found.mount.processGroup === ''),
  );
  return groupPlans(deployment).filter((plan) => plan.processGroup !== '' || mayBeEmbedded);
}

/** Opens one HTTP server for each configured port. They take connections at once; requests wait for their processes. */
async function listen(options: GatewayOptions, fronts: Server[]): Promise<ReadonlyMap<number, number>> {
  const ports = new Map<number, number>();
  const address = options.address ?? '127.0.0.1';
  for (const configured of new Set(options.deployment.listens.map(({ port }) => port))) {
    const front = createServer({ keepAliveTimeout: 5000 });
    const wanted = options.portFor?.(configured) ?? configured;
    await new Promise<void>((resolve, reject) => {
      front.once('error', (error: NodeJS.ErrnoException) =>
        reject(portUnavailable(error, address, wanted, configured)),
      );
      front.listen({ port: wanted, host: address, backlog: options.deployment.children.listenBacklog }, resolve);
    });
    fronts.push(front);
    ports.set(configured, (front.address() as AddressInfo).port);
  }
  return ports;
}

function portUnavailable(error: NodeJS.ErrnoException, address: string, port: number, configured: number): Error {
  if (error.code === 'EADDRINUSE')
    return new CannotStart(
      `port ${port} on ${address} is in use\n  fix: stop what listens there, or choose another port with --port ${configured}=OTHER`,
    );
  if (error.code === 'EACCES')
    return new CannotStart(
      `port ${port} on ${address} needs privileges\n  fix: choose another port with --port ${configured}=OTHER`,
    );
  return new CannotStart(`cannot listen on ${address}:${port}: ${error.message}`);
}

function answer(response: ServerResponse, status: number): void {
  const text = `${status}\n`;
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': text.length });
  response.end(text);
}
