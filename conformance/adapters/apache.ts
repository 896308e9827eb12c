/**
 * Apache 2.4 with mod_wsgi as a world: it runs the deployment as configuration text, in a folder and on ports of its own
 * (see {@link file://./relocate.ts}), with the probe in the place of every script.
 */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { apacheOnly } from '../../spec/deployment.ts';
import type { ApacheDeployment, Mpm } from '../../spec/deployments/apache.ts';
import { route } from '../../spec/routing/route.ts';
import type { ApacheScenario } from '../../spec/scenario.ts';
import type { Address, Trace, TraceEvent } from '../../spec/trace.ts';
import { TraceRecorder } from '../../spec/trace-recorder.ts';
import { millis } from '../../spec/vocabulary.ts';
import type { World } from '../../spec/world.ts';
import { writeApache } from '../../src/config/apache/write.ts';
import { drive } from '../../src/probe/drive.ts';
import { probeScript } from '../../src/probe/probe-script.ts';
import { canSeeProcesses, startTimeOf } from '../../src/probe/process-mark.ts';
import { neighbourOf, rewriteScript } from '../../src/probe/script-damage.ts';
import { advanceModificationTime } from '../../src/probe/script-time.ts';
import type { Target } from '../../src/probe/target.ts';
import type { FoundApache } from '../servers/find-apache.ts';
import { DaemonLives, toldOfDaemons } from './daemon-lives.ts';
import { FamilyWatch } from './family-watch.ts';
import { freePorts } from './free-ports.ts';
import { LogTail } from './log-tail.ts';
import { isWorded, logLevel } from './mod-wsgi-log.ts';
import { pause } from './pause.ts';
import { ProcessFamily } from './process-family.ts';
import { homesOf, movedPath, type Place, relocate } from './relocate.ts';
import { seenFromOutside } from './seen-from-outside.ts';

export interface ApacheParameters {
  readonly mpm: Mpm;
  readonly apache: FoundApache;
  /** How long a request that must wait is given to show that it does not, in ms. */
  readonly queuePatience?: number;
  /** Hears every event of the trace as it is recorded. */
  readonly onEvent?: (event: TraceEvent) => void;
  /** Hears what Apache wrote: to its standard error at once, to its error log when it has stopped. */
  readonly onLog?: (line: string) => void;
}

/** A world that runs deployments for this MPM; a deployment for another one is an error of the caller. */
export function apacheWorld(parameters: ApacheParameters): World {
  const { mpm, apache } = parameters;
  return {
    name: `apache-${apacheVersion(apache)}-${mpm}+mod_wsgi-${apache.modWsgi.version}`,
    sees: seenFromOutside,
    ...(isTold(apache) ? { seesOfDaemons: toldOfDaemons } : {}),
    run: async ({ deployment: given, ...doing }, signal) => {
      const deployment = apacheOnly(given);
      if (deployment.server.mpm !== mpm) throw new Error(`the deployment is not for the MPM ${mpm}`);
      return run({ ...doing, deployment }, parameters, signal);
    },
  };
}

/** Whether the log tells of daemon processes in words that are understood, and shows whom it names. */
const isTold = ({ modWsgi }: FoundApache): boolean => canSeeProcesses && isWorded(modWsgi.release);

/** As the server says it: `2.4.67`. Asked once: meanwhile nothing else of this process runs. */
export function apacheVersion({ executable }: FoundApache): string {
  const said = versions.get(executable) ?? execFileSync(executable, ['-v'], { encoding: 'utf8' });
  versions.set(executable, said);
  return /Apache\/([\d.]+)/.exec(said)?.[1] ?? 'unknown';
}
const versions = new Map<string, string>();

async function run(scenario: ApacheScenario, parameters: ApacheParameters, signal?: AbortSignal): Promise<Trace> {
  const { apache, queuePatience = 250, onEvent, onLog } = parameters;
  const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-apache-'));
  try {
    const place = { root: join(folder, 'files'), ports: await freePorts(listened(scenario.deployment)) };
    await furnish(folder, place, scenario);
    const user = applicationUser();
    await writeFile(join(folder, 'httpd.conf'), configuration(scenario.deployment, place, apache, folder, user));
    const log = join(folder, 'error.log');
    await writeFile(log, '');
    const began = performance.now();
    const recorder = new TraceRecorder(() => millis(performance.now() - began));
    if (onEvent) recorder.subscribe(onEvent);
    // Looks from the beginning: what began before anybody looked could not be timed.
    const lives = isTold(apache) ? new DaemonLives(new LogTail(log), recorder) : null;
    const server = await ProcessFamily.start({
      program: apache.executable,
      parameters: ['-D', 'FOREGROUND', '-d', folder, '-f', join(folder, 'httpd.conf')],
      environment: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
      folder,
      ...(onLog ? { onLine: onLog } : {}),
    }).catch((error) => {
      lives?.close();
      throw error;
    });
    // Every child of the parent can run applications, and so can every daemon process.
    const watch = new FamilyWatch(() => server.children);
    try {
      await ready(server, log, () => lives?.look(), signal);
      watch.start(recorder, () => lives?.look());
      await drive(
        scenario,
        targetOf({ place, patience: queuePatience, server, watch, lives, log, user }),
        recorder,
        signal,
      );
      watch.look();
      return recorder.trace;
    } finally {
      watch.stop();
      lives?.close();
      await server.stop();
      if (onLog) for (const line of (await readFile(log, 'utf8').catch(() => '')).split('\n')) if (line) onLog(line);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const listened = (deployment: ApacheDeployment): readonly number[] => [
  ...new Set(deployment.listens.map(({ port }) => port)),
];

/** Writes the probe wherever a request or a preload finds a script, and makes the directories processes start in. */
async function furnish(folder: string, place: Place, { deployment, steps }: ApacheScenario): Promise<void> {
  // The applications may run as another user than this process, and mkdtemp lets nobody else in.
  await chmod(folder, 0o755);
  const asked = steps.flatMap((step): readonly Address[] => ('to' in step ? [step.to] : []));
  const mounts = asked
    .map((to) => route(deployment, to))
    .flatMap((answer) => (answer.kind === 'unmapped' ? [] : [answer.mount]));
  const aliases = deployment.hosts.flatMap((host) => host.scriptAliases).filter(({ match }) => match === 'prefix');
  const callables = new Map<string, Set<string>>();
  for (const { script } of [...aliases, ...deployment.preloads]) callables.set(script, new Set());
  for (const { script, callable, alias } of mounts)
    if (alias.match === 'pattern' || callables.has(script))
      callables.set(script, (callables.get(script) ?? new Set()).add(callable));
  for (const [script, names] of callables) {
    if (!script.startsWith('/')) continue;
    const file = movedPath(script, place);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, probeScript(...names));
    await writeFile(neighbourOf(file), '');
  }
  for (const home of homesOf(deployment)) await mkdir(movedPath(home, place), { recursive: true });
  await mkdir(join(folder, 'empty'));
}

export type User = { readonly name: string; readonly uid: number; readonly gid: number };

/** Who runs the applications: a server started by root may not go on as root. Looked for once, as its version is. */
export function applicationUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  knownUser ??= userOfApplications();
  return knownUser;
}
let knownUser: User | undefined;

function userOfApplications(): User {
  for (const name of ['www-data', 'apache', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((which) =>
        Number(execFileSync('id', [which, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })),
      );
      if (uid !== undefined && gid !== undefined) return { name, uid, gid };
    } catch {
      // No such user here; the next one may exist.
    }
  }
  throw new Error('none of the users www-data, apache and nobody exists, and Apache must not serve as root');
}

/** The deployment's own text, and what any Apache needs to keep its files in one folder. */
function configuration(
  deployment: ApacheDeployment,
  place: Place,
  apache: FoundApache,
  folder: string,
  user?: User,
): string {
  return [
    `DefaultRuntimeDir ${folder}`,
    `PidFile ${folder}/pid`,
    `ErrorLog ${folder}/error.log`,
    `DocumentRoot ${folder}/empty`,
    // That a process starts its threads mod_wsgi says only where it is to be verbose, whatever the level.
    ...(isTold(apache) ? [`LogLevel warn ${logLevel}`, 'WSGIVerboseDebugging On'] : []),
    ...(user ? [`User ${user.name}`, `Group #${user.gid}`] : []),
    writeApache(relocate(deployment, place), { modules: apache.modules }),
    `WSGISocketPrefix ${folder}/wsgi`,
  ].join('\n');
}

/** How often the parent said that it runs: once after its start and after each restart. */
const starts = async (log: string): Promise<number> =>
  (await readFile(log, 'utf8').catch(() => '')).split('resuming normal operations').length - 1;

/** Whether anybody takes connections there. */
const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Waits until the parent says that it runs. */
async function ready(server: ProcessFamily, log: string, meanwhile: () => void, signal?: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  for (;;) {
    meanwhile();
    if ((await starts(log)) > 0) return;
    if (server.hasEnded || performance.now() > giveUpAt)
      throw new Error(`Apache did not start:\n${server.complaint}${await readFile(log, 'utf8').catch(() => '')}`);
    await pause(10, signal);
  }
}

interface Running {
  readonly place: Place;
  readonly patience: number;
  readonly server: ProcessFamily;
  readonly watch: FamilyWatch;
  readonly lives: DaemonLives | null;
  readonly log: string;
  readonly user: User | undefined;
}

function targetOf({ place, patience, server, watch, lives, log, user }: Running): Target {
  return {
    connect: (port) => {
      const real = place.ports.get(port);
      if (real === undefined) throw new Error(`the deployment does not listen on port ${port}`);
      return { host: '127.0.0.1', port: real };
    },
    ...(user ? { applicationUser: user } : {}),
    observed: (seen, request) => {
      watch.observed(seen);
      lives?.observed(seen, request);
    },
    touch: (script) => advanceModificationTime(movedPath(script, place)),
    rewrite: (script, damage) => rewriteScript(movedPath(script, place), damage),
    touchModule: (script) => advanceModificationTime(neighbourOf(movedPath(script, place))),
    signal: (pid, name) => {
      if (startTimeOf(pid) !== null) process.kill(pid, name);
    },
    signalServer: async (name, signal) => {
      const before = await starts(log);
      server.signal(name);
      const [port] = place.ports.values();
      const isDone = async (): Promise<boolean> => {
        if (name === 'SIGTERM') return server.hasEnded;
        if (name === 'SIGWINCH') return server.hasEnded || (port !== undefined && !(await isListening(port)));
        return server.hasEnded || (await starts(log)) > before;
      };
      await watch.until(isDone, 30_000, signal);
    },
    whenQueued: (_request, signal) => pause(patience, signal),
    // The next one follows at once, and a group's socket outlives both: a request may be sent without waiting for it.
    whenReplaced: async ({ process: mark }, signal) => {
      await watch.until(() => mark === null || !watch.alive.has(mark), 15_000, signal);
    },
  };
}
