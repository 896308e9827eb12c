/** The command line as a whole: its commands, and how they end. */
import { Command, CommanderError } from 'commander';
import { type AddCommand, Obstacle } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { ownPackage } from './package-root.ts';
import type { Shell } from './shell.ts';

/** In the order of the help. Each is loaded when it is wanted: all of them take as long to load as a server to start. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  explain: async () => (await import('./explain.ts')).addExplain,
  verify: async () => (await import('./verify.ts')).addVerify,
  simulate: async () => (await import('./simulate.ts')).addSimulate,
  check: async () => (await import('./check.ts')).addCheck,
  probe: async () => (await import('./probe.ts')).addProbe,
  profile: async () => (await import('./profile.ts')).addProfile,
  replay: async () => (await import('./replay.ts')).addReplay,
  merge: async () => (await import('./merge.ts')).addMerge,
  serve: async () => (await import('./serve.ts')).addServe,
  list: async () => (await import('./list.ts')).addList,
  rule: async () => (await import('./rule.ts')).addRule,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
  docs: async () => (await import('./docs-command.ts')).addDocs,
};

/** The commands that have to be there to understand a first word: for an option, or a word that is none, all of them. */
function neededFor(named: string): readonly (() => Promise<AddCommand>)[] {
  const command = Object.hasOwn(commands, named) ? commands[named] : undefined;
  if (command) return [command];
  return /^(?:-V|--version)$/.test(named) ? [] : Object.values(commands);
}

/**
 * Runs one command line.
 * @param args - Without the program itself.
 * @returns The exit code. Never throws: what goes wrong is written to standard error.
 */
export async function runProgram(args: readonly string[], shell: Shell): Promise<ExitCode> {
  let code: ExitCode = exitCodes.fine;
  const program = new Command('wsgiscope')
    .description(
      'Tells which processes, threads and Python interpreters your WSGI deployment will really use,\nruns it so that you can watch, and proves whether a server keeps the rules.',
    )
    .version(ownPackage().version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .exitOverride()
    .configureOutput({
      writeOut: shell.out,
      writeErr: shell.err,
      getOutHelpWidth: () => shell.width,
      getErrHelpWidth: () => shell.width,
      outputError: (text, write) => write(text.replace(/^error: /, 'wsgiscope: ')),
    })
    .showHelpAfterError('  fix: wsgiscope --help shows every command, wsgiscope help COMMAND one of them')
    .addHelpText('after', examples);
  const [named = ''] = args;
  for (const load of neededFor(named))
    (await load())({
      program,
      shell,
      finish: (ended) => {
        code = ended;
      },
    });
  if (args.length === 0) {
    program.outputHelp();
    return exitCodes.fine;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return ended(error, shell);
  }
}

const examples = `
Examples:
  $ wsgiscope explain /etc/apache2/apache2.conf     what answers each URL, where, and what to look out for
  $ wsgiscope explain site.conf --json | jq .mounts the same for programs
  $ wsgiscope explain site.conf --mermaid           a map of processes, interpreters and scripts
  $ wsgiscope verify site.conf                      run it for real, prediction and observation side by side
  $ wsgiscope simulate site.conf --seed 7           run it in virtual time, as a timeline
  $ wsgiscope serve site.conf --port 80=8080        run it behind real HTTP
  $ wsgiscope list diagnostics                      every code a message can have
  $ wsgiscope rule HAZ001                           one of them, with its source
  $ wsgiscope doctor                                what this machine has, and what is missing

Exit codes: 0 fine, 1 the configuration has errors or something is against it, 2 not decided, 3 wsgiscope itself broke.
`;

function ended(error: unknown, shell: Shell): ExitCode {
  if (error instanceof CommanderError)
    return error.exitCode === 0 || error.code === 'commander.help' ? exitCodes.fine : exitCodes.undecided;
  if (error instanceof Obstacle) {
    const [what = '', ...how] = error.message.split('\n');
    shell.err([`wsgiscope: ${what}`, ...how.map((line) => `  ${line.trim()}`), ''].join('\n'));
    return error.exitCode;
  }
  const { WSGISCOPE_DEBUG: debug } = shell.environment;
  const text = error instanceof Error ? (debug ? error.stack : error.message) : String(error);
  shell.err(
    `wsgiscope: this is a bug of wsgiscope: ${text}\n  fix: report it with the command line; WSGISCOPE_DEBUG=1 adds where it happened\n`,
  );
  return exitCodes.broken;
}
