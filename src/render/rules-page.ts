/** The rule reference: every rule with its sentence, its level, what it is about, and where it comes from. */
import { type Area, areas, type Rule, type Subject } from '../../spec/rules/rule.ts';
import { code, generated, markdownTable } from './markdown-table.ts';

export function rulesPage(rules: readonly Rule[]): string {
  const chapters = areas.flatMap((area) => {
    const mine = rules.filter((rule) => rule.area === area);
    return mine.length === 0 ? [] : [`## ${titles[area]}`, ...mine.map(entry)];
  });
  return `${[generated('spec/rules'), '# Rules', preface(rules), contents(rules), ...chapters].join('\n\n')}\n`;
}

const titles: Readonly<Record<Area, string>> = {
  flags: 'The flags an application is told',
  isolation: 'Processes, interpreters and globals',
  configuration: 'Which group answers',
  concurrency: 'How much at once',
  requests: 'The life of a request',
  replacement: 'Processes that end and are replaced',
  reloading: 'Reloading a script',
  signals: 'Signals',
  deadlines: 'Ends by the clock',
  surroundings: 'What a process is given',
  ending: 'How a process ends',
  dispatch: 'From the listener to a process',
  restarts: 'Restarts and stops of the whole server',
  children: 'The number of Apache children',
  interface: 'What PEP 3333 asks of a server',
  model: 'All of it together',
};

const subjects: Readonly<Record<Subject, string>> = {
  'apache-prefork-embedded': 'embedded under prefork',
  'apache-worker-embedded': 'embedded under worker',
  'apache-event-embedded': 'embedded under event',
  'mod_wsgi-daemon': 'daemon mode',
  'gunicorn-sync': 'gunicorn, sync workers',
  'gunicorn-gthread': 'gunicorn, gthread workers',
  'gunicorn-gevent': 'gunicorn, gevent workers',
  uwsgi: 'uWSGI',
  'any-wsgi-server': 'every WSGI server',
};

const preface = (rules: readonly Rule[]): string =>
  `A rule is one sentence about what can be observed, with its source, and one pure function that judges a trace. There are
${rules.length}. MUST describes what the named server does, or what PEP 3333 requires; it is not advice.
\`wsgiscope rule ID\` prints one of them.`;

const contents = (rules: readonly Rule[]): string =>
  markdownTable(
    ['Rule', 'Level', 'It says'],
    rules.map((rule) => [`[${rule.id}](#${rule.id.toLowerCase()})`, rule.level.toUpperCase(), rule.says]),
  );

const entry = (rule: Rule): string => {
  const about = rule.appliesTo.map((subject) => subjects[subject]).join(', ');
  const facts = [
    `- Level: ${rule.level.toUpperCase()}`,
    `- About: ${about}${releases(rule)}`,
    `- Needs to see: ${rule.needs.length === 0 ? 'nothing beyond the configuration' : rule.needs.map(code).join(', ')}`,
    ...rule.source.map((source) => `- Source: ${source}`),
  ];
  return [`### ${rule.id}`, rule.says, rule.why, facts.join('\n')].join('\n\n');
};

const releases = ({ since, until }: Rule): string =>
  [since ? `; since mod_wsgi ${since}` : '', until ? `; until mod_wsgi ${until}` : ''].join('');
