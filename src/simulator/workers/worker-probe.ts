/** The probe as an application of a simulated worker: what the real one sees from inside a request, it reports too. */

import type { WorkerDeployment } from '../../../spec/deployment.ts';
import type { WorkerRoute } from '../../../spec/routing/worker-route.ts';
import { type Behaviour, type Mark, type Observation, tick } from '../../../spec/trace.ts';
import type { Decisions, Place } from '../decisions.ts';
import { add, Marks } from '../marks.ts';
import { plainEndowment } from '../plain-endowment.ts';
import type { WorkerProcess } from './worker-process.ts';

export class WorkerProbe {
  readonly #deployment: WorkerDeployment;
  readonly #decisions: Decisions;
  readonly #marks = new Marks();
  readonly #entries = new Map<string, number>();
  readonly #inside = new Map<string, number>();
  /** For how long each process could have run threads when its interpreter was asked to start one. */
  readonly #startedAt = new Map<string, number[]>();
  readonly #directories = new Map<string, string>();

  constructor(deployment: WorkerDeployment, decisions: Decisions) {
    this.#deployment = deployment;
    this.#decisions = decisions;
  }

  /** A request enters the application. */
  enter(
    place: Place,
    { application, scriptName, pathInfo }: Extract<WorkerRoute, { kind: 'application' }>,
    process: WorkerProcess,
    behaviour: Behaviour | null,
  ): Observation {
    const { interpreterKey, scriptGlobalsKey, importedModuleKey, threadLocalKey, reports } = this.#decisions;
    const globals = scriptGlobalsKey(place);
    const module = importedModuleKey(place);
    // All requests of a gevent worker run in one thread of the system, each in a greenlet of its own.
    const isGreen = this.#deployment.kind === 'gunicorn' && this.#deployment.workerClass === 'gevent';
    const local = isGreen ? `${threadLocalKey(place)}/${place.request}` : threadLocalKey(place);
    const seen: Observation = {
      process: process.mark,
      pid: process.pid,
      thread: `${process.mark}/${isGreen ? 1 : place.thread}` as Mark,
      interpreter: this.#marks.of('interpreter', interpreterKey(place)),
      scriptGlobals: this.#marks.of('globals', globals),
      importedModule: this.#marks.of('module', module),
      loadedBy: process.loadedBy,
      scriptCount: add(this.#entries, `globals ${globals}`, 1),
      moduleCount: add(this.#entries, `module ${module}`, 1),
      threadCount: add(this.#entries, `thread ${local}`, 1),
      inside: add(this.#inside, module, 1),
      processGroup: null,
      applicationGroup: null,
      ...this.#decisions.workerFlags(this.#deployment),
      scriptName,
      pathInfo,
      moduleName: this.#decisions.workerModuleName(application),
      maximumProcesses: null,
      threadsPerProcess: null,
      title: null,
      workingDirectory: this.#directory(place, behaviour),
      restrictsStdin: false,
      restrictsStdout: false,
      bodyLength: behaviour?.kind === 'send-body' ? this.#decisions.receivedBody(behaviour.length, 0) : null,
      registration: behaviour?.kind === 'register-signal' ? this.#registration() : null,
      ticks: this.#ticks(module, process),
      hasCredentials: behaviour?.kind === 'send-credentials',
      given: { umask: '0022', lang: null, locale: null, modulePath: [], ...plainEndowment },
    };
    if (behaviour?.kind === 'start-thread')
      this.#startedAt.set(module, [...(this.#startedAt.get(module) ?? []), this.#ran(process)]);
    return reports(seen, place);
  }

  leave(place: Place): void {
    add(this.#inside, this.#decisions.importedModuleKey(place), -1);
  }

  /** The threads of a process that is stuck stand still with it: it answers no more, and nobody can tell. */
  #ticks(module: string, process: WorkerProcess): number | null {
    const started = this.#startedAt.get(module);
    if (!started) return null;
    const now = this.#ran(process);
    return started.reduce((sum, at) => sum + Math.floor((now - at) / tick), 0);
  }

  #ran(process: WorkerProcess): number {
    return process.ranFor(this.#decisions.runsThreadsWhileIdle(this.#deployment));
  }

  /** Python lets the main thread of the main interpreter register handlers. */
  #registration(): 'taken' | 'refused' {
    const { kind } = this.#deployment;
    if (kind === 'gunicorn') return this.#deployment.workerClass === 'gthread' ? 'refused' : 'taken';
    return kind === 'uwsgi' && this.#deployment.threads === 1 ? 'taken' : 'refused';
  }

  #directory(place: Place, behaviour: Behaviour | null): string {
    const key = this.#decisions.workingDirectoryKey(place);
    if (behaviour?.kind === 'change-directory') this.#directories.set(key, behaviour.directory);
    const home = this.#deployment.kind === 'plain' ? null : this.#deployment.chdir;
    return this.#directories.get(key) ?? home ?? '/';
  }
}
