/** The page that compares servers: every question with the answer of each, as it was measured. */
import type { FiledProfile } from '../../spec/quirks/measured.ts';
import { type Profile, type ProfiledServer, profiledServers } from '../../spec/quirks/profile.ts';
import { type Question, type Theme, themes } from '../../spec/quirks/question.ts';
import { questions } from '../../spec/quirks/questions.ts';
import { code, generated, markdownTable } from './markdown-table.ts';
import { answerWords, themeTitles, versionsWords } from './profile-text.ts';

/** @param profiles - In any order; `file` is how the page links to each. */
export function serversPage(profiles: readonly FiledProfile[]): string {
  const columns = profiledServers.flatMap((server) => profiles.filter(({ profile }) => profile.server === server));
  return `${[
    generated('conformance/profiles'),
    '# What servers do differently',
    preface,
    measuredTable(columns),
    ...themes.flatMap((theme) => [`## ${themeTitles[theme]}`, themeTable(theme, columns), ...remarks(theme, columns)]),
    '## Rules that are broken',
    'Each is told, with its smallest reproduction, in [findings](../findings/README.md); the profiles have tokens for `wsgiscope replay`. Rules are asked of targets of `wsgiscope check` only, of which the router of uWSGI is none.',
    faultsTable(columns),
  ].join('\n\n')}\n`;
}

const preface = `Where PEP 3333 and HTTP leave a choice, servers choose differently; in other places they err. Here is what each does:
not from a manual, but measured on the running server by an experiment of some bytes, signals or seconds, with its
settings as they come. **▲** is an answer that whoever deploys there should know of; what it means stands below its table.
The profiles hold the evidence of every answer: what was sent, what came back.

\`wsgiscope profile SERVER\` measures the one that you have, and \`wsgiscope explain CONFIG --measured\` warns of what was
measured of the server that a configuration is for. Another version or other settings may answer otherwise.`;

const titles: Readonly<Record<ProfiledServer, string>> = {
  apache: 'mod_wsgi',
  gunicorn: 'gunicorn',
  uwsgi: 'uWSGI',
  waitress: 'waitress',
  cheroot: 'cheroot',
  werkzeug: 'werkzeug',
  wsgiref: 'wsgiref',
  gateway: 'our gateway',
};

const measuredTable = (columns: readonly FiledProfile[]): string =>
  markdownTable(
    ['Server', 'Measured', 'Run as', 'Evidence'],
    columns.map(({ file, profile }) => [
      titles[profile.server],
      `${versionsWords(profile.versions)}, ${profile.measured.on}`,
      profile.targets.map(({ id }) => code(shortName(id, profile))).join(', '),
      `[profile](${file})`,
    ]),
  );

const themeTable = (theme: Theme, columns: readonly FiledProfile[]): string =>
  markdownTable(
    ['Question', ...columns.map(({ profile }) => titles[profile.server])],
    ofTheme(theme).map((question) => [
      `<a id="${question.id}"></a>${question.asks}`,
      ...columns.map(({ profile }) => cellOf(question, profile)),
    ]),
  );

const ofTheme = (theme: Theme): readonly Question[] => questions.filter((question) => question.theme === theme);

/** The answer that most ways of running it give stands first; the others name who gives them. */
function cellOf({ id, answers: known }: Question, profile: Profile): string {
  const answers = profile.choices.find(({ question }) => question === id)?.answers ?? [];
  if (answers.length === 0) return '–';
  return answers
    .map(({ answer, targets }) => {
      const says = `${known[answer]?.warns === undefined ? '' : '▲ '}${answerWords(id, answer)}`;
      return answers.length === 1 ? says : `${targets.map((target) => shortName(target, profile)).join(', ')}: ${says}`;
    })
    .join('<br>');
}

/** `gthread` of gunicorn; a server that is run in one way has no other name. */
const shortName = (target: string, { server }: Profile): string =>
  target.startsWith(`${server}-`) ? target.slice(server.length + 1) : target;

/** What the marked answers of a theme mean, each once. */
function remarks(theme: Theme, columns: readonly FiledProfile[]): readonly string[] {
  const lines = ofTheme(theme).flatMap(({ id, answers, source }) => {
    const given = Object.entries(answers).flatMap(([answer, { warns }]) => {
      const whose = columns.filter(({ profile }) =>
        profile.choices.some((choice) => choice.question === id && choice.answers.some((one) => one.answer === answer)),
      );
      if (warns === undefined || whose.length === 0) return [];
      return [`${whose.map(({ profile }) => titles[profile.server]).join(', ')}: ${warns}.`];
    });
    return given.length === 0 ? [] : [`- [${code(id)}](#${id}) ${given.join(' ')} *${source}*`];
  });
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function faultsTable(columns: readonly FiledProfile[]): string {
  const rules = new Map<string, { readonly level: string; readonly says: string; readonly whose: string[] }>();
  for (const { profile } of columns)
    for (const { rule, level, says, targets } of profile.faults) {
      const row = rules.get(rule) ?? { level, says, whose: [] };
      const isAll = targets.length === profile.targets.length || profile.targets.length === 1;
      const part = isAll ? '' : ` (${targets.map((target) => shortName(target, profile)).join(', ')})`;
      rules.set(rule, { ...row, whose: [...row.whose, `${titles[profile.server]}${part}`] });
    }
  return markdownTable(
    ['Rule', 'Level', 'It says', 'Not kept by'],
    [...rules]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([rule, { level, says, whose }]) => [
        `[${rule}](rules.md#${rule.toLowerCase()})`,
        level.toUpperCase(),
        says,
        whose.join(', '),
      ]),
  );
}
