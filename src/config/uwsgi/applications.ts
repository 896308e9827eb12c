/**
 * The applications in the order uWSGI loads them: first `module`, then `wsgi-file`, then each `mount`. One whose URL is
 * taken already is skipped. Source: uWSGI 2.0, plugins/python/python_plugin.c, uwsgi_python_init_apps and
 * uwsgi_python_mount_app; pyloader.c, init_uwsgi_app and uwsgi_mount_loader.
 */
import type { WorkerApplication } from '../../../spec/deployments/worker-application.ts';
import type { Position } from '../diagnostic.ts';
import { filesMatching } from './logic.ts';
import { absolute } from './paths.ts';
import type { Reading } from './reading.ts';

/** A value with its place. */
export interface Placed {
  readonly value: string;
  readonly at: Position;
}

export interface ApplicationOptions {
  readonly module: Placed | null;
  readonly wsgiFile: Placed | null;
  readonly callable: Placed | null;
  readonly mounts: readonly Placed[];
  /** As written, in order. */
  readonly pythonPaths: readonly string[];
  /** Where the server is when it loads them, an absolute path. */
  readonly directory: string;
}

export interface PlacedApplication {
  readonly application: WorkerApplication;
  readonly at: Position;
}

export function applicationsFrom(options: ApplicationOptions, reading: Reading): readonly PlacedApplication[] {
  const found: PlacedApplication[] = [];
  const load = (application: WorkerApplication, at: Position): void => {
    const taken = found.find((other) => other.application.url === application.url);
    if (!taken) {
      found.push({ application, at });
      return;
    }
    reading.report('warning', at, {
      code: 'CFG082',
      message: `${application.script} is never loaded: ${taken.application.script} answers ${application.url || '/'} already, and uWSGI skips the second`,
      fix: application.url === '' ? 'keep one of module and wsgi-file' : 'mount it below another URL',
    });
  };
  const { module, wsgiFile, callable, mounts } = options;
  if (module && module.value !== '')
    load({ url: '', ...moduleOf(module.value, callable?.value ?? null, options, reading) }, module.at);
  if (wsgiFile && wsgiFile.value !== '') load({ url: '', ...fileOf(wsgiFile, options, reading) }, wsgiFile.at);
  for (const mount of mounts) {
    const equals = mount.value.indexOf('=');
    if (equals < 0) {
      reading.report('error', mount.at, {
        code: 'CFG083',
        message: `uWSGI exits: invalid mountpoint: ${mount.value}`,
        fix: 'write mount = /url=file.py or mount = /url=module:callable',
      });
      continue;
    }
    const url = mount.value.slice(0, equals).replace(/\/$/, '');
    const what = mount.value.slice(equals + 1);
    if (/\.(?:py|wsgi)$/.test(what))
      load({ url, ...fileOf({ value: what, at: mount.at }, options, reading) }, mount.at);
    else if (what.includes(':')) load({ url, ...moduleOf(what, null, options, reading) }, mount.at);
    else
      reading.report('warning', mount.at, {
        code: 'CFG083',
        message: `nothing is mounted on ${url || '/'}: ${what} is neither a .py or .wsgi file nor module:callable, and uWSGI passes over it without a word`,
        fix: `write mount = ${url || '/'}=${what}:application`,
      });
  }
  return found;
}

const standard = 'application';

function fileOf(
  { value, at }: Placed,
  { callable, directory }: ApplicationOptions,
  reading: Reading,
): Omit<WorkerApplication, 'url'> {
  const script = absolute(value, directory);
  const [file = '', name = ''] = value.split(':');
  if (name !== '' && /\.(?:py|wsgi)$/.test(file) && reading.source.kind(script) === 'missing')
    reading.report('warning', at, {
      code: 'CFG084',
      message: `uWSGI looks for a file of the name '${value}': only module and mount take a callable behind a colon`,
      fix: `write wsgi-file = ${file} and callable = ${name}`,
    });
  return { script, module: null, callable: callable?.value || standard };
}

/** Where Python would find it: a directory of pythonpath, the last one first, then the directory of the server. */
function moduleOf(
  written: string,
  callable: string | null,
  { pythonPaths, directory }: ApplicationOptions,
  reading: Reading,
): Omit<WorkerApplication, 'url'> {
  const colon = written.indexOf(':');
  const module = colon < 0 ? written : written.slice(0, colon);
  const path = module.replaceAll('.', '/');
  const places = [...pythonPaths.flatMap((pattern) => filesMatching(pattern, reading)).toReversed(), directory];
  const candidates = places.flatMap((place) => {
    const base = absolute(path, absolute(place, directory));
    return [`${base}/__init__.py`, `${base}.py`];
  });
  const script = candidates.find((each) => reading.source.kind(each) === 'file') ?? `${absolute(path, directory)}.py`;
  return { script, module, callable: colon < 0 ? callable || standard : written.slice(colon + 1) };
}
