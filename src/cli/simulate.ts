/** `wsgiscope simulate CONFIG`: the same situations as `verify`, in virtual time, with a timeline. */
import type { DispatchPolicy } from '../../spec/dispatch/dispatch-policy.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import { happeningKinds } from '../../spec/trace.ts';
import { compare } from '../judge/comparison.ts';
import { exitCode, judge } from '../judge/judge.ts';
import { comparisonCount, renderComparison } from '../render/comparison.ts';
import { findingsCount } from '../render/findings.ts';
import { timeline } from '../render/timeline.ts';
import { dispatchedBy } from '../simulator/decisions.ts';
import { simulate } from '../simulator/simulate.ts';
import { acceptedConfiguration } from './accepted-configuration.ts';
import { allSituations } from './all-situations.ts';
import { type AddCommand, Obstacle } from './command.ts';
import { type ConfigurationOptions, withConfiguration } from './configuration-options.ts';
import { dispatchOption } from './dispatch-option.ts';
import { exitCodes } from './exit-codes.ts';
import { writeTrace } from './write-trace.ts';

interface SimulateOptions extends ConfigurationOptions {
  readonly seed: number;
  readonly dispatch: DispatchPolicy;
  readonly trace?: string;
}

export const addSimulate: AddCommand = ({ program, shell, finish }) => {
  withConfiguration(program.command('simulate'))
    .summary('run it in virtual time, without Python, and draw what happens')
    .description(
      'Runs the deployment in a simulator that has the same lifecycles as the gateway: every mount is\nasked, every group is filled, scripts are touched, processes are signalled and lost. One seed gives\none run, on every machine. Nothing is started.',
    )
    .option(
      '--seed <number>',
      'what chance is drawn from: start-up times, and which process takes a request',
      seedOf,
      1,
    )
    .addOption(dispatchOption())
    .option('--trace <file>', 'write everything that happens, one JSON event per line')
    .addHelpText('after', examples)
    .action(async (config: string, options: SimulateOptions) => {
      const accepted = await acceptedConfiguration(config, options, shell);
      if (accepted === null) {
        finish(exitCodes.refused);
        return;
      }
      const { deployment, prediction } = accepted;
      const { seed, dispatch } = options;
      const steps = allSituations(accepted).flatMap((situation) => situation.steps);
      const routing = accepted.kind === 'apache' ? { routing: accepted.world } : {};
      const trace = simulate({ deployment, steps }, { seed, ...routing, defects: dispatchedBy(dispatch) });
      if (options.trace !== undefined)
        writeTrace(options.trace, { world: 'simulator', configuration: config, seed }, trace);
      const rows = compare(deployment, prediction, trace);
      const findings = judge({ deployment, trace }, rules, new Set(happeningKinds));
      const asked = findings.filter(({ verdict }) => verdict !== 'not-applicable');
      shell.out(
        `${[
          timeline(trace, shell),
          renderComparison(rows, shell),
          `seed ${seed}: ${comparisonCount(rows)}\nrules: ${findingsCount(asked)}`,
        ].join('\n\n')}\n`,
      );
      finish(rows.some(({ verdict }) => verdict === 'differs') ? exitCodes.refused : exitCode(findings));
    });
};

const examples = `
Examples:
  $ wsgiscope simulate docs/examples/two-projects.conf
  $ wsgiscope simulate site.conf --seed 7 --trace run.ndjson
`;

function seedOf(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffffffff)
    throw new Obstacle(
      exitCodes.undecided,
      `--seed ${text}: this is no seed\nfix: write a whole number from 0 to 4294967295`,
    );
  return Number(text);
}
