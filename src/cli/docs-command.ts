/** `wsgiscope docs` on the command line. What it needs are development dependencies, so they are imported when it runs. */
import type { AddCommand } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { ownPackage } from './package-root.ts';

export const addDocs: AddCommand = ({ program, shell, finish }) => {
  program
    .command('docs')
    .summary('write the generated pages and drawings of a checkout')
    .description('Writes what is generated below docs/: the reference pages, the JSON schema and the drawings.')
    .option('--check', 'write nothing; exit code 1 if something is stale')
    .action(async (options: { readonly check?: true }) => {
      const { docsCommand } = await import('./docs.ts');
      const { root } = ownPackage();
      const asked = { root, check: options.check === true, environment: shell.environment };
      const code = await docsCommand(asked, (line) => shell.out(`${line}\n`));
      finish(code === 0 ? exitCodes.fine : exitCodes.refused);
    });
};
