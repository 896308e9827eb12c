/** uWSGI as a world. Its log tells which processes are workers; its router and its master run no application. */
import type { Deployment } from '../../spec/deployment.ts';
import type { UwsgiDeployment, UwsgiListen } from '../../spec/deployments/uwsgi.ts';
import type { WorkerApplication } from '../../spec/deployments/worker-application.ts';
import type { ServerSignal } from '../../spec/trace.ts';
import { type Millis, toSeconds } from '../../spec/vocabulary.ts';
import type { World } from '../../spec/world.ts';
import { deployedAs } from './deployed-as.ts';
import type { Launch } from './process-family.ts';
import {
  commandLineOf,
  type Following,
  pythonEnvironment,
  type RunningServer,
  type WorkerPlace,
  type WorkerServer,
  type WorkerWorldOptions,
  workerWorld,
} from './worker-server.ts';

export interface FoundUwsgi {
  readonly program: string;
  /** The plugin that runs Python; null where it is built in, as in what pip installs. */
  readonly plugin: string | null;
  readonly version: string;
}

/** What loads Python into it. */
export const pluginsOf = ({ plugin }: FoundUwsgi): readonly string[] => (plugin === null ? [] : [plugin]);

export const uwsgiWorld = (found: FoundUwsgi, options: WorkerWorldOptions = {}): World =>
  workerWorld(uwsgi(found), options);

/** As a user would start it. */
export const uwsgiCommandLine = (found: FoundUwsgi, deployment: Deployment): string =>
  commandLineOf((place) => launch(found, accept(deployment), place));

const uwsgi = (found: FoundUwsgi): WorkerServer<UwsgiDeployment> => ({
  name: `uwsgi-${found.version}`,
  accept,
  launch: (deployment, place) => launch(found, deployment, place),
  // Source: core/socket.c, bind_to_tcp.
  refuses: (complaint) => complaint.includes('Listen queue size is greater than the system max'),
  // Its own way takes a second, after which the master looks; each further signal wakes it.
  stopping: { signal: 'SIGINT', grace: 0, isNudged: true },
  follow: (deployment, running) => new UwsgiLog(deployment, running),
});

function accept(given: Deployment): UwsgiDeployment {
  const deployment = deployedAs('uwsgi', given, 'uWSGI');
  const { applications, listens, async, cheap, idle, cheaper } = deployment;
  const refuse = (what: string): never => {
    throw new RangeError(`this adapter of uWSGI runs no deployment ${what}`);
  };
  if (async > 1) refuse('with async');
  if (cheap || idle > 0) refuse('that starts without workers or ends them all: cheap, idle');
  if (cheaper !== null && cheaper.algorithm !== 'spare') refuse(`with cheaper-algo = ${cheaper.algorithm}`);
  if (listens.some(({ protocol }) => protocol === 'uwsgi' || protocol === 'other')) refuse('that does not speak HTTP');
  if (applications.some(({ url }, index) => index > 0 && url === ''))
    refuse('whose application without a prefix is not the first: uWSGI loads it first');
  const [first, ...others] = applications;
  if (others.some((one) => one.module === null && one.callable !== first.callable))
    refuse('with files whose callables differ: it has one option for all of them');
  return deployment;
}

/** Source: uWSGI's manual, Options. What is at its default is not written, so that older releases understand it too. */
function launch(found: FoundUwsgi, deployment: UwsgiDeployment, place: WorkerPlace): Launch {
  const { files } = place;
  const { program, plugin } = found;
  const { applications, listens, cheaper } = deployment;
  const unless = <T>(usual: T, value: T, ...words: readonly string[]): readonly string[] =>
    value === usual ? [] : words;
  const number = (name: string, value: number, usual = 0): readonly string[] =>
    unless(usual, value, `--${name}`, `${value}`);
  const seconds = (name: string, value: Millis, usual = 0): readonly string[] =>
    number(name, Math.ceil(toSeconds(value)), usual);
  const flag = (name: string, value: boolean): readonly string[] => unless(false, value, `--${name}`);
  const paths = (name: string, values: readonly string[]): readonly string[] =>
    values.flatMap((path) => [`--${name}`, files.moved(path)]);
  const routed = listens.some(({ protocol }) => protocol === 'http');
  const plugins = [...pluginsOf(found), ...(plugin !== null && routed ? ['http'] : [])];
  return {
    program,
    parameters: [
      ...(plugins.length > 0 ? ['--plugins', plugins.join(',')] : []),
      ...listens.flatMap((listen: UwsgiListen) => [`--${listen.protocol}`, place.at(listen)]),
      ...applications.flatMap((one) => loading(one, place)),
      ...unless('application', applications[0].callable, '--callable', applications[0].callable),
      ...flag('master', deployment.master),
      ...['--processes', `${deployment.processes}`],
      // Whoever writes it, even as 1, has threads enabled. Source: core/config.c, UWSGI_OPT_THREADS.
      ...number('threads', deployment.threads, 1),
      ...flag('enable-threads', deployment.enableThreads && deployment.threads === 1),
      ...flag('lazy-apps', deployment.lazyApps),
      ...flag('lazy', deployment.lazy),
      ...flag('single-interpreter', deployment.singleInterpreter),
      ...flag('need-app', deployment.needApp),
      ...flag('no-default-app', deployment.noDefaultApp),
      ...flag('manage-script-name', deployment.manageScriptName),
      ...flag('die-on-term', deployment.dieOnTerm),
      ...flag('exit-on-reload', deployment.exitOnReload),
      ...number('max-requests', deployment.maxRequests),
      ...number('max-requests-delta', deployment.maxRequestsDelta),
      ...number('reload-on-rss', deployment.reloadOnRss),
      ...number('reload-on-as', deployment.reloadOnAs),
      ...number('evil-reload-on-rss', deployment.evilReloadOnRss),
      ...number('evil-reload-on-as', deployment.evilReloadOnAs),
      ...seconds('min-worker-lifetime', deployment.minWorkerLifetime, 10),
      ...seconds('max-worker-lifetime', deployment.maxWorkerLifetime),
      ...seconds('max-worker-lifetime-delta', deployment.maxWorkerLifetimeDelta),
      ...seconds('harakiri', deployment.harakiri),
      ...seconds('harakiri-graceful-timeout', deployment.harakiriGracefulTimeout),
      ...seconds('worker-reload-mercy', deployment.workerReloadMercy, 60),
      ...seconds('reload-mercy', deployment.reloadMercy),
      ...seconds('forkbomb-delay', deployment.forkbombDelay, 2),
      ...seconds('py-auto-reload', deployment.pyAutoReload),
      ...number('listen', deployment.listen, 100),
      ...(cheaper === null
        ? []
        : [
            ...['--cheaper', `${cheaper.min}`, '--cheaper-initial', `${cheaper.initial}`],
            ...['--cheaper-step', `${cheaper.step}`, '--cheaper-overload', `${cheaper.overload}`],
          ]),
      ...paths('touch-reload', deployment.touchReload),
      ...paths('touch-workers-reload', deployment.touchWorkersReload),
      ...paths('touch-chain-reload', deployment.touchChainReload),
      ...(deployment.chdir === null ? [] : ['--chdir', files.moved(deployment.chdir)]),
      ...(deployment.procName === null ? [] : ['--procname', deployment.procName]),
      '--disable-logging',
    ],
    environment: pythonEnvironment(
      place,
      applications.map((one) => files.importedFrom(one)),
    ),
    directory: place.folder,
  };
}

/** The application without a prefix has options of its own, because an empty mountpoint cannot be written. */
function loading(application: WorkerApplication, { files }: WorkerPlace): readonly string[] {
  const { url, script, module, callable } = application;
  if (url === '') return module === null ? ['--wsgi-file', files.moved(script)] : ['--module', `${module}:${callable}`];
  return ['--mount', `${url}=${module === null ? files.moved(script) : `${module}:${callable}`}`];
}

/** How long a restart may take, in ms, beyond what the deployment itself allows. */
const patience = 10_000;
/** How long a server without a master is given to end, in ms: it does not say what it makes of a signal. */
const farewell = 1_000;

class UwsgiLog implements Following {
  readonly #deployment: UwsgiDeployment;
  readonly #running: RunningServer;
  #spawned = 0;

  constructor(deployment: UwsgiDeployment, running: RunningServer) {
    this.#deployment = deployment;
    this.#running = running;
  }

  /** Source: uWSGI, core/master_utils.c, uwsgi_respawn_worker; core/uwsgi.c, uwsgi_run. */
  heard(line: string): void {
    const worker = /^(?:spawned|Respawned) uWSGI worker \d+ .*?\((?:new )?pid: (\d+)/.exec(line);
    if (!worker) return;
    this.#spawned++;
    this.#running.watch.appeared(Number(worker[1]));
  }

  isReady(): boolean {
    return this.#spawned >= this.#atStart;
  }

  keeps(): number | null {
    const { master, cheaper, processes } = this.#deployment;
    return master ? (cheaper?.min ?? processes) : null;
  }

  /** Source: uWSGI's manual, Signals for controlling uWSGI; core/master.c, uwsgi_master_manage_signals and master_loop. */
  async signal(signal: ServerSignal, aborted: AbortSignal): Promise<void> {
    const { family, watch } = this.#running;
    if (family.hasEnded) return;
    const before = this.#spawned;
    const limit = patience + this.#deployment.workerReloadMercy;
    family.signal(signal);
    switch (this.#meaningOf(signal)) {
      case 'stops':
        await watch.until(() => family.hasEnded, limit, aborted);
        return;
      case 'reloads':
        await watch.until(() => family.hasEnded || this.#spawned >= before + this.#atStart, limit, aborted);
        return;
      case 'unknown':
        await watch.until(() => family.hasEnded, farewell, aborted);
        return;
      case 'tells':
    }
  }

  #meaningOf(signal: ServerSignal): 'stops' | 'reloads' | 'tells' | 'unknown' {
    const { master, dieOnTerm, exitOnReload } = this.#deployment;
    if (!master) return 'unknown';
    const reloads = exitOnReload ? 'stops' : 'reloads';
    switch (signal) {
      case 'SIGINT':
        return 'stops';
      case 'SIGQUIT':
        return dieOnTerm ? reloads : 'stops';
      case 'SIGTERM':
        return dieOnTerm ? 'stops' : reloads;
      case 'SIGHUP':
        return reloads;
      default:
        return 'tells';
    }
  }

  get #atStart(): number {
    return this.#deployment.cheaper?.initial ?? this.#deployment.processes;
  }
}
