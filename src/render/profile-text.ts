/** A measured profile for people: the answers by theme, then the rules that are broken. */
import type { Choice, Fault, Profile } from '../../spec/quirks/profile.ts';
import { type Theme, themes } from '../../spec/quirks/question.ts';
import { questionById, questions } from '../../spec/quirks/questions.ts';
import type { TextStyle } from './palette.ts';
import { textTable } from './text-table.ts';

export const themeTitles: Readonly<Record<Theme, string>> = {
  errors: 'Errors of the application',
  responses: 'Responses',
  requests: 'Requests',
  environ: 'What stands in environ',
  processes: 'Processes, signals, reloading',
};

/** The whole text, ending in a line break. */
export function profileText(profile: Profile, style: TextStyle): string {
  const { strong } = style.palette;
  const sections = themes.flatMap((theme) => {
    const chosen = profile.choices.filter(({ question }) => questionById(question)?.theme === theme);
    return chosen.length === 0 ? [] : [`${strong(themeTitles[theme])}\n${choicesTable(chosen, profile, style)}`];
  });
  const { faults } = profile;
  const broken = faults.length === 0 ? [] : [`${strong('Rules that are broken')}\n${faultsTable(faults, style)}`];
  return `${[strong(versionsWords(profile.versions)), ...sections, ...broken].join('\n\n')}\n\n`;
}

/** `gunicorn 20.1.0, CPython 3.11.2` */
export const versionsWords = (versions: Profile['versions']): string =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');

const choicesTable = (choices: readonly Choice[], { targets }: Profile, style: TextStyle): string =>
  textTable(
    [{ title: 'question' }, { title: 'answer' }],
    choices.map(({ question, answers }) => [
      questionById(question)?.asks ?? question,
      answers
        .map((one) => {
          const says = answerWords(question, one.answer);
          return one.targets.length === targets.length ? says : `${says} (${one.targets.join(', ')})`;
        })
        .join('; '),
    ]),
    style,
  );

/** What an answer says, as it stands in tables. */
export const answerWords = (question: string, answer: string): string =>
  questions.find(({ id }) => id === question)?.answers[answer]?.says ?? answer;

const faultsTable = (faults: readonly Fault[], style: TextStyle): string =>
  textTable(
    [{ title: 'rule' }, { title: 'level' }, { title: 'what it comes to' }],
    faults.map(({ rule, level, because, evidence }) => [rule, level.toUpperCase(), because ?? evidence]),
    style,
  );
