/** `wsgiscope doctor`: what this machine has of what commands need, and which Debian package brings what is missing. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findApache } from '../../conformance/servers/find-apache.ts';
import { targets } from '../../conformance/targets/targets.ts';
import { findPython } from '../gateway/processes/python.ts';
import { textTable } from '../render/text-table.ts';
import type { AddCommand } from './command.ts';
import { findPencil } from './draw-svg.ts';
import { exitCodes } from './exit-codes.ts';
import { ownPackage } from './package-root.ts';

/** One thing that is there or not. */
interface Examined {
  readonly what: string;
  /** What was found; null if it is missing. */
  readonly found: string | null;
  /** Which commands cannot work without it. */
  readonly neededFor: string;
  /** How to get it. */
  readonly fix: string;
  /** Commands that everybody uses need it. */
  readonly isEssential: boolean;
}

export const addDoctor: AddCommand = ({ program, shell, finish }) => {
  program
    .command('doctor')
    .summary('what this machine has installed, and what is missing')
    .description('Looks for what the commands need. Nothing is installed and nothing is changed.')
    .option('--python <path>', 'the Python to look at', 'python3')
    .option('--json', 'print JSON: an array of { what, found, neededFor, fix }')
    .action(async (options: { readonly python: string; readonly json?: true }) => {
      const examined = await examine(options.python, shell.environment);
      if (options.json) {
        const shown = examined.map(({ what, found, neededFor, fix }) => ({ what, found, neededFor, fix }));
        shell.out(`${JSON.stringify(shown, null, 2)}\n`);
      } else {
        const { palette } = shell;
        const rows = examined.map(({ what, found, neededFor, fix, isEssential }) => [
          what,
          found === null
            ? { text: 'missing', paint: isEssential ? palette.bad : palette.warning }
            : { text: found, paint: palette.good },
          neededFor,
          found === null ? fix : '',
        ]);
        const titles = ['what', 'found', 'needed for', 'how to get it'];
        shell.out(
          `${textTable(
            titles.map((title) => ({ title })),
            rows,
            shell,
            0,
          )}\n`,
        );
      }
      const lacking = examined.some(({ found, isEssential }) => found === null && isEssential);
      finish(lacking ? exitCodes.undecided : exitCodes.fine);
    });
};

async function examine(
  python: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Examined[]> {
  const pencil = findPencil(ownPackage().root, environment);
  const found = await pythonFound(python);
  return [
    { what: 'Node', found: process.versions.node, neededFor: 'everything', fix: '', isEssential: true },
    {
      what: 'Python',
      found: found.version,
      neededFor: 'serve, verify',
      fix: found.fix,
      isEssential: true,
    },
    {
      what: 'sub-interpreters',
      found: found.version === null ? null : await answer(python, ['-c', whichModule]),
      neededFor: 'serve, verify',
      fix: "a CPython from 3.8 on; Debian's python3 has them",
      isEssential: true,
    },
    {
      what: 'Apache',
      found: await apacheVersion(),
      neededFor: 'comparing with the real server',
      fix: 'apt-get install apache2',
      isEssential: false,
    },
    {
      what: 'mod_wsgi',
      found: findApache()?.modWsgi.version ?? null,
      neededFor: 'comparing with the real server',
      fix: 'apt-get install libapache2-mod-wsgi-py3',
      isEssential: false,
    },
    ...(await serversFound()),
    {
      what: 'Flask',
      found: await answer(python, ['-c', versionOf('flask')]),
      neededFor: 'the Flask example',
      fix: 'apt-get install python3-flask',
      isEssential: false,
    },
    {
      what: 'Django',
      found: await answer(python, ['-c', versionOf('django')]),
      neededFor: 'the Django example',
      fix: 'apt-get install python3-django',
      isEssential: false,
    },
    {
      what: 'Chromium',
      found: pencil.pencil === null ? null : pencil.pencil.chromium,
      neededFor: 'drawing diagrams, in a checkout',
      fix: pencil.pencil === null ? `${pencil.because} (apt-get install chromium)` : '',
      isEssential: false,
    },
  ];
}

/** The servers that `check` knows by name, Apache aside; a Python that sees them is looked for. */
async function serversFound(): Promise<readonly Examined[]> {
  const neededFor = 'check, comparing with the real server';
  const names = ['gunicorn-sync', 'gunicorn-gevent', 'uwsgi-processes', 'waitress', 'cheroot', 'werkzeug'];
  const wanted = targets.filter(({ id }) => names.includes(id));
  return Promise.all(
    wanted.map(async ({ id, find }): Promise<Examined> => {
      const found = await find();
      return {
        what: id.replace(/-(sync|processes)$/, ''),
        neededFor,
        isEssential: false,
        ...(found.kind === 'found' ? { found: found.version, fix: '' } : { found: null, fix: found.fix }),
      };
    }),
  );
}

async function pythonFound(command: string): Promise<{ readonly version: string | null; readonly fix: string }> {
  try {
    return { version: (await findPython(command)).version, fix: '' };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { version: null, fix: said.replace(/\n\s*fix: /, ': ') };
  }
}

const whichModule =
  'try:\n import _interpreters as m\nexcept ImportError:\n import _xxsubinterpreters as m\nprint(m.__name__)';
const versionOf = (distribution: string): string =>
  `from importlib.metadata import version\nprint(version(${JSON.stringify(distribution)}))`;

async function apacheVersion(): Promise<string | null> {
  const said = await firstAnswer([
    ['apache2', '-v'],
    ['/usr/sbin/apache2', '-v'],
    ['httpd', '-v'],
    ['/usr/sbin/httpd', '-v'],
  ]);
  return said === null ? null : (/Apache\/([\d.]+)/.exec(said)?.[1] ?? said);
}

async function firstAnswer(commands: readonly (readonly [string, ...string[]])[]): Promise<string | null> {
  for (const [command, ...args] of commands) {
    const said = await answer(command, args);
    if (said !== null) return said;
  }
  return null;
}

/** What a program prints, trimmed; null if it cannot be run or fails. */
async function answer(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { timeout: 20_000 });
    return stdout.trim() === '' ? null : stdout.trim();
  } catch {
    return null;
  }
}
