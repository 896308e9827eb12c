/** `wsgiscope replay TOKEN`: a run again, on the server it was seen on, and on others. */
import type { KitTarget } from '../../conformance/kit/target.ts';
import { type Replay, readToken } from '../../conformance/kit/token.ts';
import { type Trial, tryOut } from '../../conformance/kit/trial.ts';
import { targets } from '../../conformance/targets/targets.ts';
import { ruleById, rules } from '../../spec/rules/catalogue.ts';
import type { Rule } from '../../spec/rules/rule.ts';
import type { Finding } from '../judge/judge.ts';
import { sequenceDiagram, stepSentences } from '../render/story.ts';
import { hanging } from '../render/wrap.ts';
import { type AddCommand, Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { interruption } from './interruption.ts';
import { type OwnServerOptions, ownServers, withOwnServer } from './own-server.ts';
import type { Shell } from './shell.ts';
import { wholeNumber } from './whole-number.ts';

interface ReplayOptions extends OwnServerOptions {
  readonly on?: readonly string[];
  readonly times: number;
  readonly sequence?: true;
}

/** Where a run is replayed beside the server it was seen on: what the machines say, for real and virtually. */
const ours = ['gateway-daemon', 'simulator'] as const;

export const addReplay: AddCommand = ({ program, shell, finish }) => {
  withOwnServer(program.command('replay'))
    .argument('<token>', 'what a check printed with a finding')
    .summary('run again what a check found, from its token')
    .description(
      'A token holds the whole run: target, deployment and steps. It is run again on the server it was seen on, on the\ngateway and in the simulator, and judged by the rule that had something against it. A real server is not\ndeterministic: it is run several times, and told how often it showed.',
    )
    .option('--on <targets>', 'these targets instead, with commas between them', (text: string) => text.split(','))
    .option('--times <number>', 'runs on a real server', wholeNumber('--times', 1, 1000), 3)
    .option('--sequence', 'print what happened as a Mermaid sequence diagram')
    .addHelpText('after', examples)
    .action(async (token: string, options: ReplayOptions) => {
      const replay = replayOf(token);
      const asked = rulesOf(replay);
      const chosen = targetsFor(replay, [...ownServers(options), ...targets], options);
      shell.out(`${preface(replay, asked, shell)}\n\n`);
      const interrupted = interruption();
      try {
        const answers: Answer[] = [];
        for (const target of chosen)
          answers.push(await again(target, replay, asked, options, shell, interrupted.signal));
        const isBroken = answers.some(({ target, shown }) => target === replay.target && shown > 0);
        finish(
          isBroken ? exitCodes.refused : answers.some(({ decided }) => decided) ? exitCodes.fine : exitCodes.undecided,
        );
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
  $ wsgiscope replay wsgi1-…                           as it was seen, on the gateway, in the simulator
  $ wsgiscope replay wsgi1-… --on gunicorn-gthread --times 20

Exit code 1: the server it was seen on breaks the rule again. 0: it does not. 2: nothing was decided.
`;

/** @throws Obstacle for what is no token. */
function replayOf(token: string): Replay {
  const replay = readToken(token);
  if (replay === null)
    throw new Obstacle(
      exitCodes.undecided,
      'this is no token, or not all of it\nfix: copy the whole line that the check printed',
    );
  return replay;
}

/** @throws Obstacle where this version does not have the rule. */
function rulesOf({ rule: id }: Replay): readonly Rule[] {
  if (id === null) return rules;
  const rule = ruleById(id);
  if (!rule)
    throw new Obstacle(
      exitCodes.undecided,
      `there is no rule ${id} in this version\nfix: use the version that printed the token`,
    );
  return [rule];
}

/** @throws Obstacle where there is no such target. */
const targetsFor = ({ target }: Replay, all: readonly KitTarget[], { on }: ReplayOptions): readonly KitTarget[] =>
  (on ?? [...new Set([target, ...ours])]).map((id) => {
    const found = all.find((one) => one.id === id);
    if (!found)
      throw new Obstacle(
        exitCodes.undecided,
        `there is no target ${id}\nfix: wsgiscope list targets shows them; one of your own needs its --command, --url or --adapter again`,
      );
    return found;
  });

function preface({ scenario }: Replay, asked: readonly Rule[], { palette, width }: Shell): string {
  const [rule] = asked.length === 1 ? asked : [];
  const steps = stepSentences(scenario.steps).map((step, index) =>
    hanging(`${String(index + 1).padStart(4)}. ${step}`, width, 6),
  );
  return [...(rule ? [hanging(`${palette.strong(rule.id)}: ${rule.says}`, width, 2)] : []), ...steps].join('\n');
}

interface Answer {
  readonly target: string;
  /** In how many of the runs something was against a rule. */
  readonly shown: number;
  readonly decided: boolean;
}

/** Runs it on one target as often as that target needs, and prints what was seen. */
async function again(
  target: KitTarget,
  { scenario, seed }: Replay,
  asked: readonly Rule[],
  { times, sequence }: ReplayOptions,
  shell: Shell,
  signal: AbortSignal,
): Promise<Answer> {
  const { palette, width } = shell;
  const found = await target.find();
  if (found.kind === 'missing') {
    shell.out(`${palette.strong(target.id)}: not here: ${found.what}\n  fix: ${found.fix}\n`);
    return { target: target.id, shown: 0, decided: false };
  }
  const runs = target.id === 'simulator' ? 1 : times;
  const trials: Trial[] = [];
  for (let run = 1; run <= runs; run++) {
    shell.progress(`${target.id}: run ${run} of ${runs}`);
    trials.push(await tryOut({ found, scenario, rules: asked, seed, signal }));
  }
  shell.progress('');
  const shown = trials.filter(({ findings }) => findings.some(isAgainst));
  const told = shown[0] ?? trials[0];
  const count =
    shown.length > 0
      ? palette.bad(`${shown.length} of ${runs} runs broke it`)
      : `${runs} ${runs === 1 ? 'run' : 'runs'}`;
  shell.out(
    `${palette.strong(target.id)} (${found.version}): ${count}\n${hanging(`  ${told ? wordsOf(told, asked) : ''}`, width, 2)}\n`,
  );
  if (sequence && told) {
    const marked = told.findings.flatMap((one) => ('evidence' in one ? one.evidence.flatMap(({ seqs }) => seqs) : []));
    shell.out(`\n${sequenceDiagram(told.run.trace, new Set(marked))}\n`);
  }
  const decided = trials.some(({ findings }) => findings.some((one) => one.verdict === 'pass' || isAgainst(one)));
  return { target: target.id, shown: shown.length, decided };
}

const isAgainst = ({ verdict }: Finding): boolean => verdict === 'fail' || verdict === 'warn';

/** What one rule says, whatever that is; of several only what is against one. */
function wordsOf({ broke, findings }: Trial, asked: readonly Rule[]): string {
  if (broke !== null) return `it could not be run: ${broke}`;
  const shown = asked.length === 1 ? findings : findings.filter(isAgainst);
  if (shown.length === 0) return `none of ${asked.length} rules has anything against it`;
  return shown
    .map((finding) => {
      if ('evidence' in finding) return `${finding.rule}: ${finding.evidence.map(({ says }) => says).join(' ')}`;
      return 'because' in finding ? `${finding.verdict}: ${finding.because}` : 'the rule is kept';
    })
    .join(' ');
}
