/** `wsgiscope list`: what there is of rules, targets, options, questions and diagnostics. */
import { Argument } from 'commander';
import { targets } from '../../conformance/targets/targets.ts';
import { mpmDirectives } from '../../spec/options/apache-mpm.ts';
import { gunicornSettings } from '../../spec/options/gunicorn-settings.ts';
import { daemonOptions } from '../../spec/options/mod-wsgi-daemon-options.ts';
import { wsgiDirectives } from '../../spec/options/mod-wsgi-directives.ts';
import { uwsgiOptions } from '../../spec/options/uwsgi-options.ts';
import { questions } from '../../spec/quirks/questions.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import { diagnosticCodes } from '../config/diagnostic-codes.ts';
import { everyHazard } from '../config/hazards/every-hazard.ts';
import { textTable } from '../render/text-table.ts';
import type { AddCommand } from './command.ts';

/** What can be listed: rows of an id and a sentence, and where a group of rows begins its title. */
interface Listing {
  readonly title: string;
  readonly head: string;
  readonly rows: readonly (readonly [id: string, says: string])[];
}

const listings: Readonly<Record<string, readonly Listing[]>> = {
  rules: [{ title: 'Rules', head: 'rule', rows: rules.map((rule) => [rule.id, rule.says] as const) }],
  targets: [
    { title: 'Targets of a check', head: 'target', rows: targets.map(({ id, title }) => [id, title] as const) },
  ],
  options: [
    {
      title: 'Options of WSGIDaemonProcess',
      head: 'option',
      rows: daemonOptions.filter(({ field }) => field !== null).map(({ name, changes }) => [name, changes] as const),
    },
    {
      title: 'Directives of mod_wsgi',
      head: 'directive',
      rows: wsgiDirectives.filter(({ modelled }) => modelled).map(({ name, changes }) => [name, changes] as const),
    },
    {
      title: 'Directives of the MPMs',
      head: 'directive',
      rows: mpmDirectives.map(({ name, changes }) => [name, changes] as const),
    },
    {
      title: 'Settings of gunicorn',
      head: 'setting',
      rows: gunicornSettings.filter(({ field }) => field !== null).map(({ name, changes }) => [name, changes] as const),
    },
    {
      title: 'Options of uWSGI',
      head: 'option',
      rows: uwsgiOptions.map(({ name, changes }) => [name, changes] as const),
    },
  ],
  questions: [
    {
      title: 'Questions that wsgiscope profile puts to a server',
      head: 'question',
      rows: questions.map(({ id, asks }) => [id, asks] as const),
    },
  ],
  diagnostics: [
    {
      title: 'Reading a configuration',
      head: 'code',
      rows: Object.entries(diagnosticCodes).map(([code, { title }]) => [code, title] as const),
    },
    {
      title: 'Hazards: what a server accepts and then surprises with',
      head: 'code',
      rows: everyHazard.map(({ code, title }) => [code, title] as const),
    },
  ],
};

export const addList: AddCommand = ({ program, shell }) => {
  program
    .command('list')
    .summary('every rule, target, option, question or diagnostic code')
    .description('Lists what there is. Options without effect on processes, threads and interpreters are left out.')
    .addArgument(new Argument('[what]', 'what to list; everything if left out').choices(Object.keys(listings)))
    .option('--json', 'print JSON: an array of { kind, id, says }')
    .addHelpText('after', '\nwsgiscope rule ID prints one of them in full.\n')
    .action((what: string | undefined, options: { readonly json?: true }) => {
      const chosen = Object.entries(listings).filter(([kind]) => what === undefined || kind === what);
      if (options.json) {
        const items = chosen.flatMap(([kind, lists]) =>
          lists.flatMap(({ rows }) => rows.map(([id, says]) => ({ kind, id, says }))),
        );
        shell.out(`${JSON.stringify(items, null, 2)}\n`);
        return;
      }
      const tables = chosen
        .flatMap(([, lists]) => lists)
        .map(
          ({ title, head, rows }) =>
            `${shell.palette.strong(title)}\n${textTable([{ title: head }, { title: 'what it says' }], rows, shell)}\n`,
        );
      shell.out(tables.join('\n'));
    });
};
