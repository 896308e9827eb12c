import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uwsgiOptionNames } from '../../spec/options/uwsgi-option-names.ts';
import { uwsgiOptions } from '../../spec/options/uwsgi-options.ts';
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { optionOfLetter } from '../../src/config/uwsgi/known-options.ts';
import { readUwsgi, type UwsgiGiven, type UwsgiReading } from '../../src/config/uwsgi/read.ts';
import { type FoundUwsgi, pluginsOf } from '../adapters/uwsgi.ts';
import { anyUwsgiArguments, anyUwsgiIni, uwsgiEnvironment, uwsgiFiles } from '../arbitraries/uwsgi-text.ts';
import { findUwsgi, releaseOf } from '../targets/uwsgi.ts';
import { serversAreRequired } from './find-apache.ts';

const found = await findUwsgi();
const skipped = found === null && !serversAreRequired();
const title = skipped
  ? 'The reader and a real uWSGI (skipped: no uWSGI with Python here)'
  : 'The reader and a real uWSGI';

/** How many generated configurations each test gives to the server; one takes some 60 ms. */
const { WSGISCOPE_RUNS: runsWanted } = process.env;
const runs = Number(runsWanted ?? 60);

/** Runs where the server has read its options, has opened its sockets and has not forked: nothing is left behind. */
const stop = `import os, json, uwsgi
print("HERE " + json.dumps({"processes": uwsgi.numproc, "cores": uwsgi.cores, "buffer": uwsgi.buffer_size}), flush=True)
os._exit(0)
`;

let root = '';
beforeAll(() => {
  if (skipped) return;
  root = realpathSync(mkdtempSync(join(tmpdir(), 'wsgiscope-uwsgi-')));
  for (const [name, text] of Object.entries(uwsgiFiles)) writeFileSync(join(root, name), text);
  writeFileSync(join(root, 'stop.py'), stop);
  writeFileSync(join(root, 'app.py'), 'def application(environ, start_response): raise SystemExit\n');
});
afterAll(() => {
  if (root !== '') rmSync(root, { recursive: true });
});

const somaxconn = (): number | null => {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  } catch {
    return null;
  }
};

interface Opinions {
  readonly said: string;
  /** What the server has where it would start, as its log and its Python tell; null where it exited before. */
  readonly server: Had | null;
  readonly shown: readonly string[] | null;
  readonly ours: UwsgiReading;
  readonly errors: readonly Diagnostic[];
}

/** What each test adds, so that there is a server to speak of: the options are the last word of the command line. */
const ground = (uwsgi: FoundUwsgi): readonly string[] => [
  ...pluginsOf(uwsgi).flatMap((plugin) => ['--plugin', plugin]),
  '--show-config',
  '--http-socket',
  '127.0.0.1:0',
  '--shared-import',
  join(root, 'stop.py'),
  '--wsgi-file',
  join(root, 'app.py'),
];

/**
 * What it writes until it ends. Once in thousands of starts it complains of a shared socket that nobody named, and not when
 * it is started again with the same words.
 */
function saidBy(program: string, words: readonly string[], environment: NodeJS.ProcessEnv, attempts = 2): string {
  const { stdout, stderr, error } = spawnSync(program, words, {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  if (error) throw error;
  const said = `${stdout}${stderr}`;
  const isUnaccountable = said.endsWith('unable to use shared socket 0\n') && !/socket = =/.test(said);
  return isUnaccountable && attempts > 1 ? saidBy(program, words, environment, attempts - 1) : said;
}

function ask(given: { readonly ini: string } | { readonly words: readonly string[] }): Opinions {
  if (found === null) throw new Error('WSGISCOPE_REQUIRE=all, and there is no uWSGI with Python on this machine');
  const files = { ...uwsgiFiles, ...('ini' in given ? { 'asked.ini': given.ini } : {}) };
  if ('ini' in given) writeFileSync(join(root, 'asked.ini'), given.ini);
  const words = [...ground(found), ...('ini' in given ? ['--ini', 'asked.ini'] : given.words)];
  const environment = { PATH: '/usr/bin:/bin', ...uwsgiEnvironment };
  const said = saidBy(found.program, words, environment);
  const { uid, gid, username } = userInfo();
  const asCommand: UwsgiGiven = {
    kind: 'command',
    words: words.map((text, index) => ({ text, column: index + 1 })),
  };
  const ours = readUwsgi({
    given: asCommand,
    source: filesInMemory({
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [join(root, name), text])),
      [join(root, 'app.py')]: '',
    }),
    release: releaseOf(found.version),
    environment,
    workingDirectory: root,
    machine: {
      hostname: hostname(),
      cpus: 1,
      uid,
      gid,
      user: username,
      group: username,
      binary: '/usr/bin/uwsgi',
      somaxconn: somaxconn(),
    },
  });
  const errors = ours.diagnostics.filter(({ severity }) => severity === 'error');
  return { said, server: serverIn(said), shown: shownIn(said), ours, errors };
}

interface Had {
  readonly processes: number;
  readonly cores: number;
  readonly buffer: number;
  readonly master: boolean;
  readonly enableThreads: boolean;
  readonly listen: number | null;
  readonly mercy: number | null;
  readonly thunderLock: boolean;
}

function serverIn(said: string): Had | null {
  const here = /^HERE (.*)$/m.exec(said)?.[1];
  if (here === undefined) return null;
  const number = (pattern: RegExp): number | null => {
    const value = pattern.exec(said)?.[1];
    return value === undefined ? null : Number(value);
  };
  return {
    ...JSON.parse(here),
    master: !said.includes('running uWSGI without its master'),
    enableThreads: said.includes('python threads support enabled'),
    listen: number(/listen backlog is limited to (\d+)/),
    mercy: number(/mercy for graceful operations on workers is (\d+)/),
    thunderLock: said.includes('thunder lock: enabled'),
  };
}

/** The options between the marks of `show-config`. */
const shownIn = (said: string): readonly string[] | null =>
  /^;uWSGI instance configuration\n\[uwsgi\]\n([\s\S]*?)^;end of configuration$/m
    .exec(said)?.[1]
    ?.split('\n')
    .slice(0, -1) ?? null;

const report = (asked: string, { said, errors }: Opinions): string =>
  `${asked}\n--- uWSGI:\n${said}\n--- we:\n${errors.map((each) => `${each.file}:${each.line} ${each.code} ${each.message}`).join('\n') || 'accepted'}\n`;

interface Tally {
  accepted: number;
  refused: number;
}

function agree(asked: string, opinions: Opinions, tally: Tally): void {
  const { server, shown, ours, errors } = opinions;
  const told = report(asked, opinions);
  // What stops only us: a server without workers, or one that would end without serving.
  const ended = errors.length === 0 || errors.every(({ code }) => code === 'CFG087') ? 'accepted' : 'refused';
  expect(ended, told).toBe(server === null ? 'refused' : 'accepted');
  tally[server === null ? 'refused' : 'accepted']++;
  if (shown !== null)
    expect(
      ours.entries.map(({ key, value }) => `${key} = ${value ?? 'true'}`),
      told,
    ).toEqual(shown);
  const { deployment } = ours;
  if (server === null || deployment === null) return;
  const { processes, threads, async, master, enableThreads, listen, workerReloadMercy } = deployment;
  expect(
    {
      processes,
      cores: threads > 1 ? threads : async,
      buffer: server.buffer,
      master,
      enableThreads,
      listen,
      mercy: workerReloadMercy / 1000,
      thunderLock: server.thunderLock,
    },
    told,
  ).toEqual(server);
}

const isNamed = (name: string): boolean =>
  uwsgiOptions.some((option) => option.name === name || option.aliases.includes(name)) ||
  uwsgiOptionNames.some((option) => option.name === name);

describe(title, () => {
  it.skipIf(skipped)('know the same options, what follows them, and their letters', () => {
    if (found === null) throw new Error('WSGISCOPE_REQUIRE=all, and there is no uWSGI with Python on this machine');
    const { stdout } = spawnSync(
      found.program,
      [...pluginsOf(found).flatMap((plugin) => ['--plugin', plugin]), '--help'],
      { encoding: 'utf8' },
    );
    const shown = [...stdout.matchAll(/^ {4}(?:-(\w)\|)?--([\w-]+) /gm)].map(([, letter, name = '']) => ({
      letter,
      name,
    }));
    expect(shown.length).toBeGreaterThan(800);
    expect(shown.filter(({ name }) => !isNamed(name)).map(({ name }) => name)).toEqual([]);
    for (const { letter, name } of shown.filter(
      (each, index) => shown.findIndex((one) => one.letter === each.letter) === index,
    ))
      if (letter !== undefined) expect(optionOfLetter(letter, releaseOf(found.version)), letter).toBe(name);
  });

  it.skipIf(skipped)(
    'agree on generated files: what is refused, what every option comes to, what the server has',
    () => {
      const tally = { accepted: 0, refused: 0 };
      fc.assert(
        fc.property(anyUwsgiIni, (ini) => agree(ini, ask({ ini }), tally)),
        { numRuns: runs },
      );
      expect(tally.accepted).toBeGreaterThan(runs / 20);
      expect(tally.refused).toBeGreaterThan(runs / 20);
    },
  );

  it.skipIf(skipped)('agree on generated command lines', () => {
    const tally = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(anyUwsgiArguments, (words) => agree(words.join(' '), ask({ words }), tally)),
      { numRuns: runs },
    );
    expect(tally.accepted).toBeGreaterThan(runs / 20);
    expect(tally.refused).toBeGreaterThan(runs / 20);
  });
});
