/** `wsgiscope probe`: the application that a server must host to be checked while it runs. */
import { probeScript } from '../probe/probe-script.ts';
import type { AddCommand } from './command.ts';

export const addProbe: AddCommand = ({ program, shell }) => {
  program
    .command('probe')
    .summary('print the application that a server hosts to be checked by its URL')
    .description(
      'Prints one Python file, of the standard library only, whose `application` reports where it runs and does what the\nheaders of a request tell it: it can end its process and hold requests, so do not leave it where strangers reach it.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ wsgiscope probe > app.py && waitress-serve --listen 127.0.0.1:8000 app:application\n',
    )
    .action(() => {
      shell.out(probeScript());
    });
};
