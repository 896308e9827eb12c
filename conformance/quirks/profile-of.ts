/** Puts what the targets of one server showed together into its profile. */
import {
  type Choice,
  type Fault,
  type Measured,
  type MeasuredAnswer,
  type Profile,
  type ProfiledServer,
  profileVersion,
} from '../../spec/quirks/profile.ts';
import { questions } from '../../spec/quirks/questions.ts';
import { ruleById } from '../../spec/rules/catalogue.ts';
import type { KnownFinding } from '../kit/known.ts';
import type { FoundFault } from './faults.ts';
import type { Measurement } from './measure.ts';

export interface MeasuredTarget {
  readonly id: string;
  readonly title: string;
  readonly measurement: Measurement;
  readonly faults: readonly FoundFault[];
}

export interface ProfileInput {
  readonly server: ProfiledServer;
  readonly measured: Measured;
  readonly targets: readonly MeasuredTarget[];
  readonly known: readonly KnownFinding[];
}

export const profileOf = ({ server, measured, targets, known }: ProfileInput): Profile => ({
  version: profileVersion,
  server,
  versions: Object.assign({}, ...targets.map(({ measurement }) => measurement.versions)),
  measured,
  targets: targets.map(({ id, title, measurement: { started } }) => ({ id, title, started })),
  choices: questions.flatMap(({ id }) => choiceOf(id, targets)),
  faults: [...faultsFrom(targets, known), ...faultsOfOtherAreas(targets, known)],
});

function choiceOf(question: string, targets: readonly MeasuredTarget[]): readonly Choice[] {
  const answers: MeasuredAnswer[] = [];
  for (const { id, measurement } of targets) {
    const given = measurement.answers.find((one) => one.question === question);
    if (!given) continue;
    const alike = answers.findIndex(({ answer }) => answer === given.answer);
    const { answer, evidence } = given;
    const before = answers[alike];
    if (before) answers[alike] = { ...before, targets: [...before.targets, id] };
    else answers.push({ targets: [id], answer, evidence });
  }
  return answers.length === 0 ? [] : [{ question, answers }];
}

function faultsFrom(targets: readonly MeasuredTarget[], known: readonly KnownFinding[]): readonly Fault[] {
  const faults = new Map<string, Fault>();
  for (const { id, faults: found } of targets)
    for (const { rule, evidence, token } of found) {
      const before = faults.get(rule.id);
      const because = becauseOf(known, id, rule.id);
      const { level, says } = rule;
      faults.set(
        rule.id,
        before
          ? { ...before, targets: [...before.targets, id] }
          : { rule: rule.id, level, says, targets: [id], evidence, because, token },
      );
    }
  return [...faults.values()];
}

/** What is known beyond the interface was seen by checks whose schedules are drawn, and is not measured again here. */
function faultsOfOtherAreas(targets: readonly MeasuredTarget[], known: readonly KnownFinding[]): readonly Fault[] {
  return known.flatMap((finding) => {
    const rule = ruleById(finding.rule);
    const ids = targets.flatMap(({ id }) => (isAbout(finding, id) ? [id] : []));
    if (!rule || rule.area === 'interface' || ids.length === 0) return [];
    const { level, says } = rule;
    const evidence = 'seen by checks with generated schedules, and not measured again for this profile';
    return [{ rule: rule.id, level, says, targets: ids, evidence, because: finding.because, token: null }];
  });
}

const becauseOf = (known: readonly KnownFinding[], target: string, rule: string): string | null =>
  known.find((finding) => finding.rule === rule && isAbout(finding, target))?.because ?? null;

const isAbout = ({ target }: KnownFinding, id: string): boolean =>
  target.endsWith('*') ? id.startsWith(target.slice(0, -1)) : target === id;

/** The name of its file: `gunicorn-20.1.0.json`, `apache-2.4.71-mod_wsgi-4.9.4.json`. */
export function profileFile({ server, versions }: Pick<Profile, 'server' | 'versions'>): string {
  const { Apache, mod_wsgi: modWsgi, gunicorn, uWSGI, CPython, wsgiscope, ...others } = versions;
  switch (server) {
    case 'apache':
      return `apache-${Apache}-mod_wsgi-${modWsgi}.json`;
    case 'gunicorn':
      return `gunicorn-${gunicorn}.json`;
    case 'uwsgi':
      return `uwsgi-${uWSGI}.json`;
    case 'wsgiref':
      return `wsgiref-${CPython}.json`;
    case 'gateway':
      return `gateway-${wsgiscope}.json`;
    default:
      return `${server}-${others[server]}.json`;
  }
}
