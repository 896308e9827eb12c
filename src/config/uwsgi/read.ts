/** From the text of a uWSGI configuration, or the words of a command line, to the deployment it means. */
import type { UwsgiDeployment, UwsgiRelease } from '../../../spec/deployments/uwsgi.ts';
import { commandLineName, type Word } from '../command-line.ts';
import { type Diagnostic, inOrder, type Position } from '../diagnostic.ts';
import type { ConfigSource } from '../source.ts';
import type { PlacedApplication } from './applications.ts';
import { readArguments } from './arguments.ts';
import { build } from './build.ts';
import { type Entry, Exported } from './exported.ts';
import { knownOption, namesLike } from './known-options.ts';
import { someMachine, type UwsgiMachine } from './machine.ts';
import { absolute } from './paths.ts';
import { Reading } from './reading.ts';

export interface UwsgiInput {
  readonly given: UwsgiGiven;
  readonly source: ConfigSource;
  readonly release?: UwsgiRelease;
  /** What the server finds in its environment; `UWSGI_PROCESSES` sets the option processes. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** An absolute path: where the server is started. */
  readonly workingDirectory?: string;
  readonly machine?: UwsgiMachine;
}

export type UwsgiGiven =
  /** A file, as `uwsgi --ini FILE` reads it; `file` is what messages call it. */
  | { readonly kind: 'file'; readonly file: string; readonly text: string }
  | {
      readonly kind: 'command';
      readonly words: readonly Word[];
      /** Assignments in front of the command. */
      readonly assigned?: Readonly<Record<string, string>>;
    };

export interface UwsgiReading {
  /** Null when a diagnostic is an error. */
  readonly deployment: UwsgiDeployment | null;
  /** With their places, in the order loaded. */
  readonly applications: readonly PlacedApplication[];
  /** What `processes` says; null where nobody wrote it. */
  readonly configured: number | null;
  /** By the first name of each option: what was written, the last one first. */
  readonly written: ReadonlyMap<string, readonly Entry[]>;
  /** Everything in the order met, with placeholders replaced: what `show-config` shows. */
  readonly entries: readonly Entry[];
  readonly plugins: readonly { readonly name: string; readonly at: Position }[];
  /** Where to point when nothing was written. */
  readonly start: Position;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a configuration. Never throws, whatever the text. */
export function readUwsgi(input: UwsgiInput): UwsgiReading {
  const { given, source, release = '2.0.21', environment = {}, workingDirectory = '/', machine = someMachine } = input;
  const assigned = given.kind === 'command' ? (given.assigned ?? {}) : {};
  const reading = new Reading({
    release,
    source,
    environment: { ...environment, ...assigned },
    workingDirectory,
    machine,
  });
  const exported = new Exported(reading);
  const start: Position = { file: given.kind === 'file' ? given.file : commandLineName, line: 1, column: 1 };
  addEnvironment(exported, reading.environment, start);
  if (given.kind === 'file') {
    const path = absolute(given.file, workingDirectory);
    exported.loadText({ written: given.file, path, section: 'uwsgi' }, given.text, given.file, start);
  } else addArguments(exported, given.words, reading);
  const entries = exported.finish();
  const nothing = { deployment: null, applications: [], configured: null, written: new Map() };
  const built = reading.stopped ? nothing : build(entries, exported, reading, start);
  if (!reading.stopped) remarkOnUnknown(entries, exported, reading);
  return { ...built, entries, plugins: exported.plugins, start, diagnostics: inOrder(reading.diagnostics) };
}

/** Variables that mean something else. Source: uWSGI 2.0, core/utils.c, parse_sys_envs. */
const notOptions = new Set(
  'RELOADS VASSALS_DIR EMPEROR_FD BROODLORD_NUM EMPEROR_FD_CONFIG EMPEROR_PROXY JAIL_PID ORIGINAL_PROC_NAME'.split(' '),
);

function addEnvironment(
  exported: Exported,
  environment: Readonly<Record<string, string | undefined>>,
  start: Position,
): void {
  for (const [name, value] of Object.entries(environment)) {
    const [, option] = /^UWSGI_(.+)$/s.exec(name) ?? [];
    if (option === undefined || value === undefined || notOptions.has(option)) continue;
    const at = start.file === commandLineName ? start : { file: 'environment', line: 1, column: 1 };
    exported.add({ key: option.toLowerCase().replaceAll('_', '-'), value, at });
  }
}

/** The files come last, whatever stands behind them. Source: uWSGI 2.0, core/init.c, uwsgi_commandline_config. */
function addArguments(exported: Exported, words: readonly Word[], reading: Reading): void {
  const { options, others, refused } = readArguments(words, reading.release);
  for (const option of options) exported.add(option);
  if (refused) reading.stop(refused.at, refused.finding);
  for (const { text, at } of others) {
    if (reading.stopped) return;
    if (text.startsWith('[')) continue;
    exported.loadNamed(text, at);
  }
}

/** An option that uWSGI does not know is a name of the user's own for it; most are slips. */
function remarkOnUnknown(entries: readonly Entry[], exported: Exported, reading: Reading): void {
  for (const { key, at } of entries) {
    if (knownOption(key, reading.release) || exported.declared.has(key) || /^end(?:-?(?:for|if))?$/.test(key)) continue;
    if (exported.isPlaceholder(key)) continue;
    const [near] = namesLike(key, reading.release);
    reading.report(near === undefined && exported.plugins.length > 0 ? 'info' : 'warning', at, {
      code: 'CFG078',
      message: `uWSGI knows no option ${key}, and takes it for a placeholder without a word; nothing uses it`,
      fix:
        near === undefined
          ? 'remove it, or write strict = true to have such slips refused; an option of another plugin is not known here'
          : `write ${near}, if that was meant; strict = true has such slips refused`,
    });
  }
}
