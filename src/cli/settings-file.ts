/**
 * Runs a settings file of gunicorn in a Python process of its own, or reads what can be read of it without Python. The
 * process has no environment but the variables that the file names, limits on processor, memory, files and time, and an
 * audit hook that refuses child processes, the network and changes to files; see {@link file://./python/settings.py}.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { gunicornSettings } from '../../spec/options/gunicorn-settings.ts';
import type { PythonValue } from '../config/gunicorn/python-value.ts';
import type { SettingsLocation } from '../config/gunicorn/read.ts';
import { readLiterals } from '../config/gunicorn/read-literals.ts';
import type { SettingsFile } from '../config/gunicorn/settings-file.ts';
import { fileSource } from './file-source.ts';

/** The settings whose text gunicorn takes for the name of a function. */
const hooks = gunicornSettings.filter(({ shape }) => shape.kind === 'hook').map(({ name }) => name);

const runner = fileURLToPath(new URL('./python/settings.py', import.meta.url));
/** Importing what such files import takes less, even on a slow machine. */
const longest = 30_000;

export interface SettingsQuestion {
  readonly location: SettingsLocation;
  /** How messages name the file; its path where that is null. */
  readonly shown: string | null;
  /** Where gunicorn is started. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `python3` or a path; null is not to run anything. */
  readonly python: string | null;
}

/** @returns null where there is no settings file to be read. */
export async function readSettingsFile(question: SettingsQuestion): Promise<SettingsFile | null> {
  const { location, shown, directory, environment, python } = question;
  if (location.kind === 'none') return null;
  const path = location.kind === 'file' ? location.path : null;
  const file = shown ?? path ?? (location.kind === 'module' ? location.module : '');
  const start = { file, line: 1, column: 1 };
  const text = path === null ? null : fileSource.read(path);
  if (path !== null && text === null)
    return {
      kind: 'failed',
      file,
      at: start,
      message: `there is no settings file ${path}, or it may not be read: gunicorn does not start`,
      fix: 'check the path behind -c; it is looked up from the working directory',
    };
  const literally = (message: string, fix: string, at = start): SettingsFile => ({
    kind: 'read',
    file,
    ...readLiterals(text ?? '', file),
    why: { message: `the settings file was not run: ${message}`, fix, at },
  });
  if (python === null)
    return literally('--no-run was given', 'leave --no-run out, where the file may be run apart and with limits');
  const answer = await run(python, { location, directory, environment, text: text ?? '' });
  switch (answer.kind) {
    case 'silent':
      return literally(answer.why, answer.fix);
    case 'run':
      return {
        kind: 'run',
        file,
        values: answer.values.map(([name, value, [line, column]]) => ({ name, value, at: { file, line, column } })),
      };
    case 'failed': {
      const { error, message, line, column, reached, lacks } = answer;
      const at = { file, line, column };
      if (reached !== null)
        return literally(
          `it wants to act (${reached}), which is not done where a configuration is only read`,
          'move what acts into a hook, such as on_starting',
          at,
        );
      if (lacks && location.kind === 'file')
        return literally(
          `${error}: ${message}`,
          'start wsgiscope with --python naming the Python of the server, which has that module',
          at,
        );
      return {
        kind: 'failed',
        file,
        at,
        message: `${error}: ${message}: gunicorn does not start`,
        fix: 'mend the file',
      };
    }
  }
}

type Answer =
  | v.InferOutput<typeof answerSchema>
  | { readonly kind: 'silent'; readonly why: string; readonly fix: string };

const valueSchema: v.GenericSchema<PythonValue> = v.variant('kind', [
  v.object({ kind: v.literal('none') }),
  v.object({ kind: v.literal('bool'), value: v.boolean() }),
  v.object({ kind: v.literal('int'), value: v.number() }),
  v.object({ kind: v.literal('str'), value: v.string() }),
  v.object({ kind: v.literal('list'), items: v.array(v.lazy(() => valueSchema)) }),
  v.object({ kind: v.literal('dict'), size: v.number() }),
  v.object({ kind: v.literal('function'), name: v.string(), arity: v.number() }),
  v.object({ kind: v.literal('class'), name: v.string() }),
  v.object({ kind: v.literal('other'), type: v.string(), text: v.string() }),
]);

const answerSchema = v.variant('kind', [
  v.object({
    kind: v.literal('run'),
    values: v.array(v.tuple([v.string(), valueSchema, v.tuple([v.number(), v.number()])])),
  }),
  v.object({
    kind: v.literal('failed'),
    error: v.string(),
    message: v.string(),
    line: v.number(),
    column: v.number(),
    reached: v.nullable(v.string()),
    lacks: v.boolean(),
  }),
]);

interface Run {
  readonly location: SettingsLocation;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

function run(python: string, { location, directory, environment, text }: Run): Promise<Answer> {
  return new Promise((resolve) => {
    // PATH and HOME are for finding Python; the file sees neither.
    const { PATH, HOME } = process.env;
    const child = spawn(python, ['-I', '-X', 'utf8', runner], {
      env: { PATH, HOME },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: longest,
      killSignal: 'SIGKILL',
    });
    const pieces: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    // A process that ends before it has read its question closes the pipe; its exit says so.
    child.stdin.on('error', () => {});
    child.on('error', () =>
      resolve({
        kind: 'silent',
        why: `${python} was not found`,
        fix: 'install Python 3.8 or newer, or name one with --python PATH',
      }),
    );
    child.on('close', (code, signal) => {
      const [first = '', second = ''] = Buffer.concat(pieces).toString().split('\n');
      const answer = v.safeParse(answerSchema, parsed(first));
      if (answer.success) resolve(leading(answer.output, parsed(second)));
      else
        resolve({
          kind: 'silent',
          why: signal === null ? `it ended Python with status ${code}` : `it took too long or too much (${signal})`,
          fix: 'write settings that do not wait, compute for long or use much memory',
        });
    });
    child.stdin.end(
      JSON.stringify({
        file: location.kind === 'file' ? location.path : null,
        module: location.kind === 'module' ? location.module : null,
        directory,
        environment: namedIn(text, environment),
        hooks,
      }),
    );
  });
}

/** With what the names of functions lead to, as far as that came out. */
function leading(answer: v.InferOutput<typeof answerSchema>, second: unknown): v.InferOutput<typeof answerSchema> {
  const leads = v.safeParse(v.record(v.string(), v.nullable(valueSchema)), second);
  if (answer.kind !== 'run' || !leads.success) return answer;
  return {
    ...answer,
    values: answer.values.map(([name, value, at]) => [
      name,
      value.kind === 'str' && name in leads.output ? { ...value, leads: leads.output[name] } : value,
      at,
    ]),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The variables that the text of a file names: it gets no others, whatever secrets the environment holds. */
function namedIn(text: string, environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const words = new Set(text.match(/[A-Za-z_]\w*/g));
  const named = Object.entries(environment).filter(([name, value]) => value !== undefined && words.has(name));
  return Object.fromEntries(named.map(([name, value]) => [name, value ?? '']));
}
