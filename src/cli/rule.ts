/** `wsgiscope rule ID`: one rule, diagnostic code, option or question of a profile in full, with its source. */
import { modWsgiReleases } from '../../spec/deployments/apache.ts';
import { mpmDirectives } from '../../spec/options/apache-mpm.ts';
import { type GunicornSetting, gunicornSettings } from '../../spec/options/gunicorn-settings.ts';
import { daemonOptions } from '../../spec/options/mod-wsgi-daemon-options.ts';
import { wsgiDirectives } from '../../spec/options/mod-wsgi-directives.ts';
import { uwsgiOptions } from '../../spec/options/uwsgi-options.ts';
import { questions } from '../../spec/quirks/questions.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import { diagnosticCodes } from '../config/diagnostic-codes.ts';
import { everyHazard } from '../config/hazards/every-hazard.ts';
import { wrap } from '../render/wrap.ts';
import { type AddCommand, Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';

/** Anything that has a name of its own, as paragraphs and as facts. */
interface Entry {
  readonly id: string;
  readonly paragraphs: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
}

export const addRule: AddCommand = ({ program, shell }) => {
  program
    .command('rule')
    .summary('one rule, diagnostic code, option or question of a profile in full, with its source')
    .argument(
      '<id>',
      'a rule (FLAG-DAEMON-01), a code (HAZ001), an option (maximum-requests) or a question (keep-alive); in any case',
    )
    .addHelpText('after', '\nExamples:\n  $ wsgiscope rule FLAG-DAEMON-01\n  $ wsgiscope rule haz002\n')
    .action((id: string) => {
      const found = entries().filter((entry) => entry.id.toLowerCase() === id.toLowerCase());
      if (found.length === 0) throw new Obstacle(exitCodes.undecided, unknown(id));
      const { width, palette } = shell;
      const texts = found.map(({ id: name, paragraphs, facts }) =>
        [
          palette.strong(name),
          ...paragraphs.flatMap((paragraph) => ['', ...wrap(paragraph, width)]),
          '',
          ...facts.flatMap(([fact, value]) => {
            const [first = '', ...more] = wrap(value, width - fact.length - 2);
            const indent = ' '.repeat(fact.length + 2);
            return [`${palette.dim(`${fact}:`)} ${first}`, ...more.map((line) => indent + line)];
          }),
          '',
        ].join('\n'),
      );
      shell.out(texts.join('\n'));
    });
};

function entries(): readonly Entry[] {
  return [
    ...rules.map(({ id, level, says, why, appliesTo, needs, source, since, until }): Entry => {
      const releases = [since ? `since mod_wsgi ${since}` : '', until ? `until mod_wsgi ${until}` : ''];
      return {
        id,
        paragraphs: [says, why],
        facts: [
          ['level', level.toUpperCase()],
          ['about', [...appliesTo, ...releases.filter((part) => part !== '')].join(', ')],
          ['needs to see', needs.length === 0 ? 'nothing beyond the configuration' : needs.join(', ')],
          ...source.map((each) => ['source', each] as const),
        ],
      };
    }),
    ...Object.entries(diagnosticCodes).map(
      ([id, { title, explanation }]): Entry => ({ id, paragraphs: [`${title}.`, explanation], facts: [] }),
    ),
    ...everyHazard.map(
      ({ code, title, explanation, source }): Entry => ({
        id: code,
        paragraphs: [`${title}.`, explanation],
        facts: [['source', source]],
      }),
    ),
    ...[...daemonOptions, ...wsgiDirectives].map(
      ({ name, changes, default: value, unit, source, releases }): Entry => ({
        id: name,
        paragraphs: [changes],
        facts: [...defaultFact(value, unit), ...releaseFact(releases), ['source', source]],
      }),
    ),
    ...gunicornSettings.map(
      ({ name, flags, changes, default: value, unit, source, since, releases }): Entry => ({
        id: name,
        paragraphs: [changes],
        facts: [
          ['server', `gunicorn ${releases.join(', ')}`],
          ...(flags.length === 0 ? [] : [['flags', flags.join(', ')] as const]),
          ...(value === null || value === ''
            ? []
            : [['default', `${pythonText(value)}${unit === null ? '' : ` ${unit}`}`] as const]),
          ...(since === null ? [] : [['since', since] as const]),
          ['source', source],
        ],
      }),
    ),
    ...uwsgiOptions.flatMap(({ name, aliases, changes, default: value, unit, source, since }): readonly Entry[] =>
      [name, ...aliases].map((id) => ({
        id,
        paragraphs: [id === name ? changes : `${changes} Another name of ${name}.`],
        facts: [
          ['server', 'uWSGI'],
          ...(value === null ? [] : [['default', `${value}${unit === null ? '' : ` ${unit}`}`] as const]),
          ...(since === null ? [] : [['since', since] as const]),
          ['source', source],
        ],
      })),
    ),
    ...questions.map(
      ({ id, asks, source, answers }): Entry => ({
        id,
        paragraphs: [asks],
        facts: [
          ...Object.values(answers).map(
            ({ says, warns }) => ['answer', warns === undefined ? says : `${says}: ${warns}`] as const,
          ),
          ['source', source],
          ['answered', 'docs/reference/servers.md; wsgiscope profile puts it to a server'],
        ],
      }),
    ),
    ...mpmDirectives.map(
      ({ name, changes, source }): Entry => ({ id: name, paragraphs: [changes], facts: [['source', source]] }),
    ),
  ];
}

const defaultFact = (value: unknown, unit: string | null): Entry['facts'] =>
  value === null || value === ''
    ? []
    : [
        [
          'default',
          `${value === true ? 'On' : value === false ? 'Off' : String(value)}${unit === null ? '' : ` ${unit}`}`,
        ],
      ];

const pythonText = (value: GunicornSetting['default']): string =>
  typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);

const releaseFact = (releases: readonly string[]): Entry['facts'] =>
  releases.length === modWsgiReleases.length ? [] : [['known to mod_wsgi', releases.join(', ')]];

/** Names the ids that look most like the one asked for. */
function unknown(id: string): string {
  const wanted = id.toLowerCase();
  const near = entries()
    .map((entry) => ({ id: entry.id, distance: distance(entry.id.toLowerCase(), wanted) }))
    .toSorted((a, b) => a.distance - b.distance)
    .filter((one, index) => index < 3 && one.distance <= Math.max(2, wanted.length / 3))
    .map((one) => one.id);
  const did = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
  return `there is no rule, code, option or question ${id}\nfix: ${did}wsgiscope list shows all of them`;
}

/** The Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
