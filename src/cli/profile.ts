/** `wsgiscope profile SERVER…`: what servers that are here do where the standard leaves a choice, and what they do wrong. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { experiments } from '../../conformance/quirks/experiments.ts';
import { faultsOf } from '../../conformance/quirks/faults.ts';
import { measure } from '../../conformance/quirks/measure.ts';
import { type MeasuredTarget, profileFile, profileOf } from '../../conformance/quirks/profile-of.ts';
import type { FoundStand, Stand } from '../../conformance/quirks/stand.ts';
import { stands } from '../../conformance/quirks/stands.ts';
import { targets } from '../../conformance/targets/targets.ts';
import { type Profile, type ProfiledServer, profiledServers } from '../../spec/quirks/profile.ts';
import { profileText } from '../render/profile-text.ts';
import { type AddCommand, Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { type Interruption, interruption } from './interruption.ts';
import { knownFindings } from './known.ts';
import { ownPackage } from './package-root.ts';
import type { Shell } from './shell.ts';

interface ProfileOptions {
  readonly all?: true;
  readonly write?: string;
  readonly json?: true;
  readonly questions?: readonly string[];
}

export const addProfile: AddCommand = ({ program, shell, finish }) => {
  program
    .command('profile')
    .argument('[servers...]', `servers to measure: ${profiledServers.join(', ')}`)
    .summary('measure what a server does where the standard leaves a choice')
    .description(
      'Starts each server on this machine, in every way it knows to run it, and puts small experiments to\nit: raw bytes on a socket, signals, reloads. Tells its answer to each question with the evidence,\nand the rules of PEP 3333 that it breaks. Nothing is left running.',
    )
    .option('--all', 'every server there is; what this machine lacks is named')
    .option('--questions <ids>', 'only these, with commas between them, and no rules', (text: string) =>
      text.split(','),
    )
    .option('--write <folder>', 'write a file for each server and version, as explain --measured reads them')
    .option('--json', 'print JSON: an array of profiles; its shape is docs/reference/profile.schema.json')
    .addHelpText('after', examples)
    .action(async (named: readonly string[], options: ProfileOptions) => {
      const chosen = serversOf(named, options);
      const interrupted = interruption();
      try {
        const profiles: Profile[] = [];
        for (const server of chosen) {
          const profile = await profiled(server, options, shell, interrupted);
          if (profile) profiles.push(profile);
          else shell.err(`wsgiscope: ${server} is not here: left out\n`);
          if (profile && options.write !== undefined) write(profile, options.write, shell);
          if (profile && !options.json) shell.out(profileText(profile, shell));
        }
        if (options.json) shell.out(`${JSON.stringify(profiles, null, 2)}\n`);
        finish(profiles.length > 0 ? exitCodes.fine : exitCodes.undecided);
      } catch (error) {
        if (interrupted.signal.aborted) throw new Obstacle(exitCodes.undecided, 'interrupted: nothing is left running');
        throw error;
      } finally {
        shell.progress('');
        interrupted.dispose();
      }
    });
};

const examples = `
Examples:
  $ wsgiscope profile gunicorn                             about two minutes
  $ wsgiscope profile --all --write conformance/profiles
  $ wsgiscope profile waitress --questions chunked-body,keep-alive --json
  $ wsgiscope explain gunicorn.conf.py --measured          warns of what was measured

What the questions are: wsgiscope list questions. What every server answered: docs/reference/servers.md.
Exit code 0: measured, whatever the answers are. 2: none of these servers is here. 3: an experiment broke.
`;

function serversOf(named: readonly string[], { all, questions: asked }: ProfileOptions): readonly ProfiledServer[] {
  const undecided = (what: string, fix: string): Obstacle => new Obstacle(exitCodes.undecided, `${what}\nfix: ${fix}`);
  const odd = asked?.find((id) => !experiments.some(({ question }) => question === id));
  if (odd !== undefined) throw undecided(`there is no question ${odd}`, 'wsgiscope list questions shows them');
  const strange = named.find((name) => !profiledServers.some((server) => server === name));
  if (strange !== undefined)
    throw undecided(`there is no server ${strange} to measure`, `write one of ${profiledServers.join(', ')}`);
  if (named.length === 0 && !all) throw undecided('name a server', 'wsgiscope profile gunicorn, or --all');
  return profiledServers.filter((server) => all || named.includes(server));
}

/** Null where the server is not here. */
async function profiled(
  server: ProfiledServer,
  options: ProfileOptions,
  shell: Shell,
  { signal }: Interruption,
): Promise<Profile | null> {
  const { version: tool } = ownPackage();
  const measuredTargets: MeasuredTarget[] = [];
  for (const stand of stands) {
    if (stand.server !== server) continue;
    const found = await stand.find();
    if (found === null) continue;
    measuredTargets.push(await measuredTarget(stand, withOwnVersion(stand, found, tool), options, shell, signal));
  }
  if (measuredTargets.length === 0) return null;
  return profileOf({
    server,
    measured: {
      on: new Date().toISOString().slice(0, 10),
      command: `wsgiscope profile ${server} --write conformance/profiles`,
      tool,
    },
    targets: measuredTargets,
    known: knownFindings(),
  });
}

/** The gateway has the version of wsgiscope. */
const withOwnVersion = ({ server }: Stand, found: FoundStand, tool: string): FoundStand =>
  server === 'gateway' ? { ...found, versions: { wsgiscope: tool } } : found;

async function measuredTarget(
  { id, title }: Stand,
  found: FoundStand,
  { questions: asked }: ProfileOptions,
  shell: Shell,
  signal: AbortSignal,
): Promise<MeasuredTarget> {
  const measurement = await measure(
    found,
    experiments.filter(({ question }) => asked?.includes(question) ?? true),
    { signal, onQuestion: (question) => shell.progress(`${id}: ${question}`) },
  );
  shell.progress(`${id}: rules`);
  const target = asked ? undefined : targets.find((one) => one.id === id);
  return { id, title, measurement, faults: target ? await faultsOf(target, signal) : [] };
}

function write(profile: Profile, folder: string, shell: Shell): void {
  const path = join(folder, profileFile(profile));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(profile, null, 2)}\n`);
  shell.err(`${path} written\n`);
}
