/** The probe application of the simulator: what the real one sees from inside a request, it reports too. */
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import type { RoutedMount } from '../../spec/routing/route.ts';
import type { Behaviour, Mark, Observation } from '../../spec/trace.ts';
import type { Decisions, Place } from './decisions.ts';
import { add, Marks } from './marks.ts';

export class SimulatedProbe {
  readonly #deployment: ApacheDeployment;
  readonly #decisions: Decisions;
  readonly #marks = new Marks();
  readonly #entries = new Map<string, number>();
  readonly #inside = new Map<string, number>();
  readonly #directories = new Map<string, string>();

  constructor(deployment: ApacheDeployment, decisions: Decisions) {
    this.#deployment = deployment;
    this.#decisions = decisions;
  }

  /** A request enters the application. @param process - The mark of its process. @param behaviour - What it is asked to do. @param replays - How often a process has refused it. */
  enter(
    place: Place,
    mount: RoutedMount,
    pid: number,
    process: Mark,
    behaviour: Behaviour | null,
    replays: number,
  ): Observation {
    const { interpreterKey, scriptGlobalsKey, importedModuleKey, threadLocalKey, moduleName, reports } =
      this.#decisions;
    const flags = this.#decisions.flags(this.#deployment, place.processGroup);
    if (!flags) throw new Error(`no process group '${place.processGroup}', yet ${place.process} runs ${place.script}`);
    const size = this.#decisions.poolSize(this.#deployment, place.processGroup);
    const globals = scriptGlobalsKey(place);
    const module = importedModuleKey(place);
    const seen: Observation = {
      process,
      pid,
      thread: `${process}/${place.thread}` as Mark,
      interpreter: this.#marks.of('interpreter', interpreterKey(place)),
      scriptGlobals: this.#marks.of('globals', globals),
      importedModule: this.#marks.of('module', module),
      loadedBy: process,
      scriptCount: add(this.#entries, `globals ${globals}`, 1),
      moduleCount: add(this.#entries, `module ${module}`, 1),
      threadCount: add(this.#entries, `thread ${threadLocalKey(place)}`, 1),
      inside: add(this.#inside, module, 1),
      processGroup: mount.processGroup,
      applicationGroup: mount.applicationGroup,
      ...flags,
      scriptName: mount.scriptName,
      pathInfo: mount.pathInfo,
      moduleName: moduleName(place.script),
      maximumProcesses: size?.processes ?? null,
      threadsPerProcess: size?.threads ?? null,
      title: this.#decisions.title(this.#deployment, place.processGroup),
      workingDirectory: this.#directory(place, behaviour),
      ...this.#decisions.restrictedStreams(this.#deployment),
      bodyLength: behaviour?.kind === 'send-body' ? this.#decisions.receivedBody(behaviour.length, replays) : null,
      registration:
        behaviour?.kind === 'register-signal' ? this.#decisions.registration(this.#deployment, place) : null,
      ticks: null,
      hasCredentials: behaviour?.kind === 'send-credentials' && this.#decisions.passesAuthorization(mount),
      given: this.#decisions.given(this.#deployment, place.processGroup),
    };
    return reports(seen, place);
  }

  leave(place: Place): void {
    add(this.#inside, this.#decisions.importedModuleKey(place), -1);
  }

  #directory(place: Place, behaviour: Behaviour | null): string {
    const key = this.#decisions.workingDirectoryKey(place);
    if (behaviour?.kind === 'change-directory') this.#directories.set(key, behaviour.directory);
    return this.#directories.get(key) ?? this.#decisions.home(this.#deployment, place.processGroup);
  }
}
