/**
 * What the options come to: the deployment, after uWSGI's own corrections and refusals.
 * Source: uWSGI 2.0, core/init.c, uwsgi_init_default and sanitize_args; core/uwsgi.c, uwsgi_start.
 */
import type { UwsgiCheaper, UwsgiDeployment } from '../../../spec/deployments/uwsgi.ts';
import { uwsgiOptions } from '../../../spec/options/uwsgi-options.ts';
import { fromSeconds, type Millis } from '../../../spec/vocabulary.ts';
import type { Position } from '../diagnostic.ts';
import { applicationsFrom, type PlacedApplication } from './applications.ts';
import type { Entry, Exported } from './exported.ts';
import { knownOption } from './known-options.ts';
import { absolute } from './paths.ts';
import type { Reading } from './reading.ts';
import { listenOf, protocolOf, routerOptions, socketOptions } from './sockets.ts';
import { readSwitch, readValue } from './values.ts';

export interface Built {
  readonly deployment: UwsgiDeployment | null;
  readonly applications: readonly PlacedApplication[];
  /** What `processes` says; null where nobody wrote it. */
  readonly configured: number | null;
  /** The options that count, the last one of each name first in the list of that name. */
  readonly written: ReadonlyMap<string, readonly Entry[]>;
}

export function build(entries: readonly Entry[], exported: Exported, reading: Reading, start: Position): Built {
  const written = new Map<string, Entry[]>();
  for (const entry of [...entries.filter(({ isOption }) => isOption), ...exported.atOnce.map(asOption)]) {
    const name = knownOption(entry.key, reading.release)?.name ?? entry.key;
    written.set(name, [entry, ...(written.get(name) ?? [])]);
  }
  const last = (name: string): Entry | null => written.get(name)?.[0] ?? null;
  const all = (name: string): readonly Entry[] => (written.get(name) ?? []).toReversed();
  const text = (name: string): string | null => {
    const entry = last(name);
    return entry === null ? null : (entry.value ?? '');
  };
  const values = new Map<string, number>();
  for (const option of uwsgiOptions) {
    if (option.shape.kind !== 'integer' && option.shape.kind !== 'long') continue;
    // Each is looked at, for uWSGI refuses a negative number even where another follows.
    for (const entry of all(option.name)) values.set(option.name, readValue(entry, option, reading));
  }
  for (const [name, list] of written) refuseOthers(name, list, reading);
  const number = (name: string): number => values.get(name) ?? Number(standardOf(name) ?? 0);
  const seconds = (name: string): Millis => fromSeconds(Math.min(number(name), 1e11));
  const isOn = (name: string): boolean => {
    const entry = last(name);
    return entry === null ? false : readSwitch(entry, reading);
  };
  const place = (...names: readonly string[]): Position => names.map(last).find((entry) => entry !== null)?.at ?? start;

  // Naming certain options sets these before their own option is looked at, which can take it back.
  const master = last('master') === null ? exported.implied.has('master') : isOn('master');
  const threads = number('threads');
  const processes = number('processes');
  const enableThreads =
    threads > 1 ||
    isAlwaysThreaded(reading) ||
    (last('enable-threads') === null ? exported.implied.has('threads') : isOn('enable-threads'));
  const cheaper = cheaperOf(number, text, processes);
  const directory = absolute(text('chdir') ?? '', reading.workingDirectory);
  const applications = applicationsFrom(
    {
      module: placed(last('module')),
      wsgiFile: placed(last('wsgi-file')),
      callable: placed(last('callable')),
      mounts: all('mount').flatMap((entry) => placed(entry) ?? []),
      pythonPaths: all('pythonpath').map(({ value }) => value ?? ''),
      directory,
    },
    reading,
  );
  const listens = listensOf(entries, text('protocol') ?? 'uwsgi', reading);
  const [first, ...others] = applications.map(({ application }) => application);

  const refuse = (at: Position, message: string, fix: string): void =>
    reading.report('error', at, { code: 'CFG085', message: `uWSGI exits: ${message}`, fix });
  if (number('cheaper') > 0 && number('cheaper') >= processes)
    refuse(
      place('cheaper'),
      `invalid cheaper value: ${number('cheaper')} must be lower than processes, which is ${processes}`,
      `write processes = N with N above ${number('cheaper')}`,
    );
  if (number('max-worker-lifetime') > 0 && number('min-worker-lifetime') >= number('max-worker-lifetime'))
    refuse(
      place('max-worker-lifetime'),
      `min-worker-lifetime, which is ${number('min-worker-lifetime')} s${last('min-worker-lifetime') ? '' : ' by default'}, must be lower than max-worker-lifetime, which is ${number('max-worker-lifetime')} s`,
      'write a larger max-worker-lifetime, or a smaller min-worker-lifetime',
    );
  if (cheaper) remarkOnCheaper(cheaper, number('cheaper-initial'), text('cheaper-algo'), place, reading);
  const { somaxconn } = reading.machine;
  if (somaxconn !== null && number('listen') > somaxconn && listens.length > 0)
    refuse(
      place('listen'),
      `listen queue size ${number('listen')} is greater than net.core.somaxconn, which is ${somaxconn} here`,
      `write listen = ${somaxconn} or less, or raise net.core.somaxconn`,
    );
  for (const { key, at } of entries.filter(({ isOption }) => isOption))
    if (knownOption(key, reading.release)?.endsServer)
      reading.report('error', at, {
        code: 'CFG086',
        message: `with ${key} uWSGI does something else than to serve, and ends`,
        fix: `remove ${key}`,
      });
  if (listens.length === 0)
    refuse(
      place(),
      'the -s/--socket option is missing',
      'write http-socket = :8000, or socket for a web server in front',
    );
  if (processes === 0 && listens.length > 0)
    reading.report('error', place('processes'), {
      code: 'CFG087',
      message: `uWSGI starts no worker${master ? ': nothing is ever answered' : ' and ends'}`,
      fix: 'write processes = 1 or more',
    });
  if (first === undefined)
    reading.report('error', place('need-app'), {
      code: 'CFG088',
      message: isOn('need-app')
        ? 'uWSGI exits with status 22: no application is named, and need-app is set'
        : 'no application is named: uWSGI starts, and answers every request with 500',
      fix: 'write module = PACKAGE.MODULE:CALLABLE or wsgi-file = FILE',
    });

  const isRefused = reading.diagnostics.some(({ severity }) => severity === 'error');
  return {
    applications,
    configured: last('processes') === null ? null : processes,
    written,
    deployment:
      isRefused || first === undefined
        ? null
        : {
            kind: 'uwsgi',
            release: reading.release,
            listens,
            applications: [first, ...others],
            noDefaultApp: isOn('no-default-app'),
            master,
            processes,
            threads: Math.max(threads, 1),
            async: Math.max(last('gevent') ? number('gevent') : number('async'), 1),
            enableThreads,
            lazyApps: isOn('lazy-apps'),
            lazy: isOn('lazy'),
            singleInterpreter: isOn('single-interpreter'),
            needApp: isOn('need-app'),
            maxRequests: number('max-requests'),
            maxRequestsDelta: number('max-requests-delta'),
            minWorkerLifetime: seconds('min-worker-lifetime'),
            maxWorkerLifetime: seconds('max-worker-lifetime'),
            maxWorkerLifetimeDelta: seconds('max-worker-lifetime-delta'),
            reloadOnRss: number('reload-on-rss'),
            reloadOnAs: number('reload-on-as'),
            evilReloadOnRss: number('evil-reload-on-rss'),
            evilReloadOnAs: number('evil-reload-on-as'),
            harakiri: seconds('harakiri'),
            harakiriGracefulTimeout: seconds('harakiri-graceful-timeout'),
            cheaper,
            cheap: isOn('cheap'),
            idle: seconds('idle'),
            dieOnIdle: isOn('die-on-idle'),
            workerReloadMercy: seconds('worker-reload-mercy'),
            reloadMercy: seconds('reload-mercy'),
            dieOnTerm: isOn('die-on-term'),
            exitOnReload: isOn('exit-on-reload'),
            forkbombDelay: seconds('forkbomb-delay'),
            touchReload: filesOf(all('touch-reload'), directory),
            touchWorkersReload: filesOf(all('touch-workers-reload'), directory),
            touchChainReload: filesOf(all('touch-chain-reload'), directory),
            pyAutoReload: seconds('py-auto-reload'),
            listen: number('listen'),
            manageScriptName: isOn('manage-script-name'),
            chdir: last('chdir') === null ? null : directory,
            procName: text('procname'),
            others: othersOf(entries, reading),
          },
  };
}

const asOption = (setting: Exported['atOnce'][number]): Entry => ({ ...setting, isOption: true });

const standardOf = (name: string): number | null => {
  const standard = uwsgiOptions.find((option) => option.name === name)?.default;
  return typeof standard === 'number' ? standard : null;
};

/** Source: uWSGI 2.0.27, core/init.c, sanitize_args; rule LIFE-UWSGI-10. */
const isAlwaysThreaded = ({ release }: Reading): boolean => release === '2.0.30';

const placed = (entry: Entry | null) => (entry === null ? null : { value: entry.value ?? '', at: entry.at });

/** Source: core/init.c, sanitize_args; core/master.c, where an algorithm that nobody registered becomes spare. */
function cheaperOf(
  number: (name: string) => number,
  text: (name: string) => string | null,
  processes: number,
): UwsgiCheaper | null {
  const min = number('cheaper');
  if (min === 0) return null;
  const wanted = text('cheaper-algo') ?? 'spare';
  return {
    algorithm: /^(?:spare|spare2|backlog|backlog2|busyness|manual)$/.test(wanted) ? wanted : 'spare',
    min,
    initial: Math.min(Math.max(number('cheaper-initial') || min, min), Math.max(processes, min)),
    step: number('cheaper-step') || 1,
    overload: number('cheaper-overload'),
  };
}

/** What uWSGI corrects, and says so in its log. */
function remarkOnCheaper(
  { initial, algorithm }: UwsgiCheaper,
  wanted: number,
  named: string | null,
  place: (name: string) => Position,
  reading: Reading,
): void {
  if (wanted !== 0 && wanted !== initial)
    reading.report('warning', place('cheaper-initial'), {
      code: 'CFG091',
      message: `uWSGI starts ${initial} workers and not cheaper-initial = ${wanted}: it must lie between cheaper and processes`,
      fix: `write cheaper-initial = ${initial}`,
    });
  if (named !== null && named !== algorithm)
    reading.report('warning', place('cheaper-algo'), {
      code: 'CFG091',
      message: `uWSGI knows no cheaper-algo ${named}, and uses spare`,
      fix: 'write cheaper-algo = spare, backlog or busyness, or load the plugin that has it',
    });
}

/** An http router without any socket makes one of its own for the workers, which nobody is told of. */
function listensOf(entries: readonly Entry[], protocol: string, reading: Reading): UwsgiDeployment['listens'] {
  return entries
    .filter(({ isOption }) => isOption)
    .flatMap(({ key, value }) => {
      const name = knownOption(key, reading.release)?.name ?? key;
      const spoken = socketOptions[name] ?? routerOptions[name];
      if (spoken === undefined || value === null) return [];
      return [listenOf(value, key === 'socket' ? protocolOf(protocol) : spoken, reading.workingDirectory)];
    });
}

const filesOf = (entries: readonly Entry[], directory: string): readonly string[] =>
  entries.map(({ value }) => absolute(value ?? '', directory));

/** Options without effect on the model, as written. */
const othersOf = (entries: readonly Entry[], reading: Reading): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entries
      .filter(({ key, isOption }) => isOption && !knownOption(key, reading.release)?.modelled?.field)
      .map(({ key, value }) => [key, value ?? 'true']),
  );

/** Numbers of options that the model does not use, which uWSGI refuses all the same. */
function refuseOthers(name: string, entries: readonly Entry[], reading: Reading): void {
  const known = knownOption(name, reading.release);
  if (known?.modelled || known?.takes !== 'count') return;
  for (const { key, value, at } of entries)
    if (/^\s*-0*[1-9]/.test(value ?? ''))
      reading.report('error', at, {
        code: 'CFG089',
        message: `uWSGI exits: invalid value for option "${key}": ${value} is negative`,
        fix: `write ${key} = N with N at least 0`,
      });
}
