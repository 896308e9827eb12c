/** Traps in where settings come from. */
import { gunicornSetting, gunicornSettings } from '../../../../spec/options/gunicorn-settings.ts';
import { pathFrom } from '../../gunicorn/path-from.ts';
import { pythonText } from '../../gunicorn/python-value.ts';
import { elsewhere } from '../wording.ts';
import type { GunicornHazard } from './scene.ts';

export const overruled: GunicornHazard = {
  code: 'HAZ151',
  title: 'Written, and overruled',
  explanation:
    'The settings file beats WEB_CONCURRENCY and PORT, GUNICORN_CMD_ARGS beats the file, and the command line beats them all. Lists are not added to one another: a bind of the command line replaces those of the file.',
  source: 'gunicorn manual, Configuration Overview; gunicorn 20.1, app/base.py, load_config',
  find: ({ reading, written }) =>
    reading.overruled.flatMap(({ name, value, at, by }) => {
      const last = written(name);
      if (last === null || pythonText(last.value) === pythonText(value)) return [];
      return [
        {
          at,
          severity: by === 'environment' ? ('info' as const) : ('warning' as const),
          message: `${name} = ${pythonText(value)} has no effect: ${last.by === by ? elsewhere(at, last.at) : `the ${last.by}`} makes it ${pythonText(last.value)}`,
          fix: 'write it in one place',
        },
      ];
    }),
};

export const readUnasked: GunicornHazard = {
  code: 'HAZ152',
  title: 'A settings file that nobody named',
  explanation:
    'Without -c gunicorn reads gunicorn.conf.py of the directory that it is started in, whatever chdir says. Started elsewhere, by a service for instance, it has other settings.',
  source: 'gunicorn manual, Settings, config; gunicorn 20.1, config.py, get_default_config_file',
  find: ({ input, written, reading }) => {
    const { settings, words } = input;
    if (words === null || written('config') !== null || settings === null || settings.kind === 'failed') return [];
    const counts = [...reading.written.values()].some(({ by }) => by === 'settings file');
    return counts
      ? [
          {
            at: { file: settings.file, line: 1, column: 1 },
            severity: 'info',
            message: `${settings.file} is read because gunicorn is started in its folder`,
            fix: 'name it with -c, so that it is read wherever gunicorn is started',
          },
        ]
      : [];
  },
};

export const notReadAfterChdir: GunicornHazard = {
  code: 'HAZ153',
  title: 'A settings file that is not read',
  explanation:
    'gunicorn looks for gunicorn.conf.py before it changes its directory: the one in the folder that chdir names is not found.',
  source: 'gunicorn 20.1, app/base.py, load_config: chdir() is called with the default first',
  find: ({ input, deployment, written }) => {
    const chdir = written('chdir');
    if (chdir === null || chdir.by === 'settings file' || input.settings !== null || deployment.chdir === null)
      return [];
    const path = pathFrom(deployment.chdir, 'gunicorn.conf.py');
    return input.source.kind(path) === 'file'
      ? [
          {
            at: chdir.at,
            severity: 'warning',
            message: `${path} is not read: gunicorn looks for it where it is started`,
            fix: 'name it with -c',
          },
        ]
      : [];
  },
};

/** What people write in the place of a setting: the name of its flag, or a word of another server. */
const otherNames: Readonly<Record<string, string>> = {
  app: 'wsgi_app',
  worker: 'workers',
  processes: 'workers',
  address: 'bind',
  listen: 'bind',
  env: 'raw_env',
  graceful: 'graceful_timeout',
};

/** The setting that was meant; null where the name is a variable of the file's own. */
function meant(name: string): string | null {
  const known = otherNames[name];
  if (Object.hasOwn(otherNames, name) && known) return known;
  const lower = name.toLowerCase();
  for (const { name: setting, flags, releases } of gunicornSettings) {
    if (!releases.includes('20.1') || setting === name) continue;
    const spellings = [setting, ...flags.map((flag) => flag.replace(/^--?/, '').replaceAll('-', '_'))];
    if (spellings.some((spelling) => spelling.length > 2 && spelling === lower)) return setting;
    // Only longer names: of two short words that are alike each may be meant.
    if (setting.length > 4 && [setting.slice(0, -1), `${setting}s`, setting.replaceAll('_', '')].includes(lower))
      return setting;
  }
  return null;
}

export const notASetting: GunicornHazard = {
  code: 'HAZ154',
  title: 'Looks like a setting, and is none',
  explanation:
    'A settings file is Python, and names that gunicorn does not know are variables of its own. The name of a flag is not always that of the setting: --keep-alive is keepalive, --name is proc_name, --preload is preload_app.',
  source: 'gunicorn 20.1, app/base.py, load_config_from_module_name_or_filename: Ignore unknown names',
  find: ({ input }) => {
    const { settings, release } = input;
    if (settings === null || settings.kind === 'failed') return [];
    return settings.values.flatMap(({ name, value, at }) => {
      const isData = value.kind !== 'function' && value.kind !== 'class' && value.kind !== 'other';
      const setting = isData && gunicornSetting(name, release) === undefined ? meant(name) : null;
      if (setting === null || settings.values.some((each) => each.name === setting)) return [];
      return [
        {
          at,
          severity: 'warning' as const,
          message: `${name} is no setting of gunicorn and has no effect`,
          fix: `write ${setting} = ${pythonText(value)}, if that is meant`,
        },
      ];
    });
  },
};

export const environmentTooLate: GunicornHazard = {
  code: 'HAZ155',
  title: 'Variables that are set too late',
  explanation:
    'raw_env sets variables once gunicorn has read its settings. WEB_CONCURRENCY, PORT and GUNICORN_CMD_ARGS were looked up before.',
  source: 'gunicorn 20.1, config.py, Workers.default and Bind.default; arbiter.py, setup',
  find: ({ written }) => {
    const env = written('raw_env');
    const items = env?.value.kind === 'list' ? env.value.items : [];
    return items.flatMap((item) => {
      const [, name] = (item.kind === 'str' && /^(WEB_CONCURRENCY|PORT|GUNICORN_CMD_ARGS)=/.exec(item.value)) || [];
      return env === null || name === undefined
        ? []
        : [
            {
              at: env.at,
              severity: 'warning' as const,
              message: `${name} is set after gunicorn has read its settings, and changes none of them`,
              fix: 'set it in front of the command, or in the unit or container that starts it',
            },
          ];
    });
  },
};
