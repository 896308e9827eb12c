/** `wsgiscope check TARGET…`: any WSGI server against the rules. */
import { check } from '../../conformance/kit/check.ts';
import { checkSelection } from '../../conformance/kit/selection.ts';
import { targets } from '../../conformance/targets/targets.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import { CheckView } from './check-view.ts';
import { type AddCommand, Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { interruption } from './interruption.ts';
import { knownFindings } from './known.ts';
import { type OwnServerOptions, ownServers, withOwnServer } from './own-server.ts';
import { ownPackage } from './package-root.ts';
import { openReports, type ReportOptions, withReports } from './reports.ts';
import { wholeNumber } from './whole-number.ts';

interface CheckOptions extends ReportOptions, OwnServerOptions {
  readonly all?: true;
  readonly rules?: readonly string[];
  readonly seed: number;
  readonly cases: number;
  readonly rows: number;
  readonly thorough?: boolean;
  readonly lanes?: number;
  readonly strict?: true;
  readonly known?: string;
  readonly shard?: { readonly index: number; readonly of: number };
  readonly dryRun?: true;
}

export const addCheck: AddCommand = ({ program, shell, finish }) => {
  withReports(withOwnServer(program.command('check')))
    .argument('[targets...]', 'servers to check, as `wsgiscope list targets` names them; * stands for any rest')
    .summary('check any WSGI server against the rules')
    .description(
      'Starts a server again and again, each time with a deployment and a schedule of requests, holds, signals and\ntouched scripts that are drawn from a seed; a probe application reports from inside, clients from outside; the\nrules judge what was seen. What breaks a rule is run again alone, made short, and told with a token that replays it.',
    )
    .option('--all', 'every target there is; what this machine lacks is named')
    .option(
      '--rules <ids>',
      'only these rules or areas, with commas between them; * stands for any rest',
      (text: string) => text.split(','),
    )
    .option('--seed <number>', 'what deployments and schedules are drawn from', wholeNumber('--seed', 0, 0xffffffff), 1)
    .option(
      '--cases <number>',
      'generated cases for each target, beside those that rules ask for',
      wholeNumber('--cases', 0, 100_000),
      100,
    )
    .option(
      '--rows <number>',
      'rows of commands by which fast-check drives each server and its model together',
      wholeNumber('--rows', 0, 10_000),
      2,
    )
    .option(
      '--thorough',
      'also deployments made for rules that drawn ones hardly ever exercise: minutes for each target',
    )
    .option(
      '--lanes <number>',
      'servers that run at the same time (default: 6, of one target alone 16, with --thorough 14)',
      wholeNumber('--lanes', 1, 64),
    )
    .option('--strict', 'a broken SHOULD is a failure')
    .option(
      '--known <file>',
      'JSON: findings that are known, each with its reason; one that is no longer found is a failure',
    )
    .option('--shard <i/n>', 'run only the i-th of n parts; `wsgiscope merge` puts them together', shardOf)
    .option('--dry-run', 'show what would be run, and run nothing')
    .addHelpText('after', examples)
    .action(async (named: readonly string[], options: CheckOptions) => {
      const own = ownServers(options);
      const selection = checkSelection({
        targets: [...own, ...targets],
        rules,
        named: [...own.map(({ id }) => id), ...named],
        all: options.all ?? false,
        onlyRules: options.rules ?? null,
      });
      if (selection.kind === 'nothing') throw new Obstacle(exitCodes.undecided, selection.message);
      const known = knownFindings(options.known);
      if (options.dryRun) {
        shell.out(`${selection.targets.map(({ id, title }) => `${id}: ${title}`).join('\n')}\n`);
        return;
      }
      const reports = openReports(options);
      const view = new CheckView(shell, (id) =>
        selection.targets.some((target) => target.id === id && (target.rareOccasions ?? []).length > 0),
      );
      const interrupted = interruption();
      try {
        const footer = await check({
          targets: selection.targets,
          rules: selection.rules,
          seed: options.seed,
          cases: options.cases,
          rows: options.rows,
          thorough: options.thorough ?? false,
          lanes: options.lanes ?? (options.thorough ? patient : lanesFor(selection.targets.length)),
          known,
          strict: options.strict ?? false,
          ...(options.shard && { shard: options.shard }),
          tool: ownPackage().version,
          signal: interrupted.signal,
          onRecord: (record) => {
            reports.hear(record);
            view.hear(record);
          },
          onProgress: (target, doing) => view.progress(target, doing),
          onFindings: (target, findings) => view.soFar(target, findings),
        });
        view.end();
        finish(footer.exitCode);
      } catch (error) {
        shell.progress('');
        if (interrupted.signal.aborted) throw new Obstacle(exitCodes.undecided, 'interrupted: nothing is left running');
        throw error;
      } finally {
        interrupted.dispose();
        reports.close();
      }
    });
};

/** What is rare is mostly waited for. */
const patient = 14;

/** Several targets keep the processors busy; one of them alone mostly waits. */
const lanesFor = (targets: number): number => (targets === 1 ? 16 : 6);

const examples = `
Examples:
  $ wsgiscope check gunicorn-sync                  one server, in less than half a minute
  $ wsgiscope check 'gunicorn-*' uwsgi-processes   several
  $ wsgiscope check --all --ndjson run.ndjson      every server that is here
  $ wsgiscope check apache-event-daemon --thorough also what drawn deployments hardly ever show
  $ wsgiscope check --command 'myserver --bind {bind} --workers {processes} {module}:{callable}' --says processes,respawn
  $ wsgiscope check gateway-daemon --rules flags,ISO-PROC-01

Exit code 0: every rule that could be decided is kept, or its breach is known. 1: a rule is broken. 2: nothing was decided. 3: the kit broke.
`;

function shardOf(text: string): NonNullable<CheckOptions['shard']> {
  const [, index = '', of = ''] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  if (Number(index) >= 1 && Number(index) <= Number(of)) return { index: Number(index), of: Number(of) };
  throw new Obstacle(exitCodes.undecided, `--shard ${text}: this is no part\nfix: write 1/4 for the first of four`);
}
