/** `explain` for people: what answers each URL and where, who shares what, what ends a process, and what to look out for. */

import type { Shares } from '../../spec/predict/sharing.ts';
import type { PredictedMount, Prediction } from '../../spec/predict.ts';
import { mountName } from '../../spec/routing/mounts.ts';
import { assertNever } from '../../spec/vocabulary.ts';
import {
  answerWords,
  gilWords,
  groupName,
  groupTitle,
  interpreterTitle,
  loadsWords,
  nameWords,
  placeWords,
  poolWords,
  serverTitle,
  slotWord,
} from './deployment-words.ts';
import { diagnosticsCount, diagnosticsText } from './diagnostics-text.ts';
import type { ShownExplanation } from './explanation.ts';
import { measuredText } from './measured-text.ts';
import type { TextStyle } from './palette.ts';
import { type Cell, type Column, textTable } from './text-table.ts';
import { hanging } from './wrap.ts';

export interface ExplanationStyle extends TextStyle {
  /** Scripts below this directory are named from there; with a slash at the end. */
  readonly base: string;
}

/** More pairs than this say less than the tree above them. */
const mostPairs = 15;

/** The whole text, ending in a line break. */
export function explanationText(explanation: ShownExplanation, style: ExplanationStyle): string {
  const { server, accepted, diagnostics } = explanation;
  const { strong } = style.palette;
  const section = (title: string, body: string): readonly string[] =>
    body === '' ? [] : [`${strong(title)}\n${body}`];
  const shown = diagnostics.map((one) => ({ ...one, message: one.message.replaceAll(style.base, '') }));
  const pressing = shown.filter((diagnostic) => diagnostic.severity !== 'info');
  const others = shown.filter((diagnostic) => diagnostic.severity === 'info');
  const prediction = accepted?.prediction ?? null;
  const isEmpty = prediction?.mounts.length === 0 && prediction.patterns.length === 0;
  return `${[
    strong(serverTitle(server)),
    ...(isEmpty ? ['No URL of this configuration reaches a WSGI script.'] : []),
    ...(prediction ? section('What answers', mountsTable(prediction, style)) : []),
    ...(prediction ? section('What is answered with files', filesTable(prediction, style)) : []),
    ...section('What to look out for', diagnosticsText(pressing, style)),
    ...(prediction
      ? [
          ...section('Processes and interpreters', processTree(prediction, style)),
          ...section('Who shares globals', sharingTable(prediction, style)),
          ...section('What ends a process', endingsTable(prediction, style)),
        ]
      : []),
    ...section('Good to know', diagnosticsText(others, style)),
    ...(explanation.measured === undefined || !prediction
      ? []
      : section('What such a server was measured to do', measuredText(explanation.measured, style))),
    prediction ? diagnosticsCount(diagnostics) : `${diagnosticsCount(diagnostics)}: the server would not start`,
  ].join('\n\n')}\n`;
}

function mountsTable({ server, mounts, patterns }: Prediction, style: ExplanationStyle): string {
  if (mounts.length === 0 && patterns.length === 0) return '';
  const places = distinct([...mounts, ...patterns].map(placeWords));
  // Where all URLs have one host and port it is said once, in the heading.
  const [only] = places;
  const urlOf = (host: string, port: number, url: string): string =>
    places.length === 1 ? url : nameWords(`${host}:${port}${url}`);
  const runsOnce = mounts.some((mount) => mount.runOnce);
  // Of a server whose workers are all alike there is nothing to be said there.
  const hasGroups = server.kind === 'apache';
  const columns: readonly Column[] = [
    { title: places.length === 1 ? `on ${only}` : 'URL' },
    { title: 'script' },
    ...(hasGroups ? [{ title: 'process group' }] : []),
    { title: 'processes', align: 'right' },
    { title: `${slotWord(server)}s`, align: 'right' },
    { title: 'multithread' },
    { title: 'multiprocess' },
    ...(runsOnce ? [{ title: 'run once' }] : []),
  ];
  const rows = mounts.map((mount): readonly (Cell | string)[] => {
    const known = mount.answer.kind === 'application';
    const flag = (value: boolean): string => (known ? (value ? 'True' : 'False') : '–');
    return [
      urlOf(mount.host, mount.port, mount.url),
      nameFrom(style.base, mount.script),
      ...(hasGroups ? [known ? groupName(mount) : { text: answerWords(mount), paint: style.palette.bad }] : []),
      known ? range(mount.processes) : '–',
      known ? String(mount.threads) : '–',
      flag(mount.multithread),
      flag(mount.multiprocess),
      ...(runsOnce ? [flag(mount.runOnce)] : []),
    ];
  });
  const unknown = patterns.map(({ host, port, url, script }): readonly (Cell | string)[] => [
    urlOf(host, port, ` ${url}`).trim(),
    nameFrom(style.base, script),
    { text: 'known only when a request comes', paint: style.palette.dim },
    ...Array<string>(columns.length - 3).fill('–'),
  ]);
  return textTable(columns, [...rows, ...unknown], style);
}

function filesTable({ files }: Prediction, style: ExplanationStyle): string {
  if (files.length === 0) return '';
  const places = distinct(files.map(({ host, port }) => `${host}:${port}`));
  const words = { file: '', cgi: 'run as CGI programs', denied: 'refused with 403' };
  return textTable(
    [{ title: places.length === 1 ? `on ${places[0]}` : 'URL' }, { title: 'files' }, { title: '' }],
    files.map(({ host, port, match, url, path, answer }) => [
      `${places.length === 1 ? '' : `${host}:${port}${match === 'pattern' ? ' ' : ''}`}${url}`,
      nameFrom(style.base, path),
      words[answer],
    ]),
    style,
  );
}

const range = ({ min, max }: PredictedMount['processes']): string => (min === max ? String(min) : `${min} to ${max}`);

/** Process group, interpreter, script: what stands together under one heading has that heading in common. */
function processTree({ server, mounts }: Prediction, style: ExplanationStyle): string {
  const lines: string[] = [];
  const line = (indent: number, text: string): void => {
    lines.push(' '.repeat(indent) + hanging(text, style.width - indent, 2).replaceAll('\n', `\n${' '.repeat(indent)}`));
  };
  const running = mounts.filter((mount) => mount.answer.kind === 'application');
  for (const group of distinct(running.map((mount) => mount.processGroup))) {
    const inGroup = running.filter((mount) => mount.processGroup === group);
    const [first] = inGroup;
    if (!first) continue;
    line(2, `${groupTitle(first)}: ${poolWords(first, slotWord(server))}`);
    for (const interpreter of distinct(inGroup.map((mount) => mount.applicationGroup))) {
      const inside = inGroup.filter((mount) => mount.applicationGroup === interpreter);
      for (const mount of inside.slice(0, 1)) line(4, `${interpreterTitle(mount)}${gilWords(mount.gil)}`);
      for (const script of distinct(inside.map((mount) => mount.script))) {
        const urls = inside.filter((mount) => mount.script === script).map((mount) => nameWords(mountName(mount)));
        line(6, `${nameFrom(style.base, script)} for ${urls.join(', ')}${loadsWords(first)}`);
      }
    }
  }
  return lines.join('\n');
}

/** What two mounts have in common, in words. */
export function sharesWords(shares: Shares): string {
  switch (shares) {
    case 'script-globals':
      return 'the globals of the script and of imported modules';
    case 'imported-modules':
      return 'the globals of imported modules, not those of the scripts';
    case 'process':
      return 'the process, and no Python object in it';
    case 'nothing':
      return 'nothing';
    default:
      return assertNever(shares);
  }
}

function sharingTable({ mounts, sharing: all }: Prediction, style: TextStyle): string {
  const running = new Set(mounts.filter((mount) => mount.answer.kind === 'application').map(mountName));
  const sharing = all.filter(({ a, b }) => running.has(a) && running.has(b));
  if (sharing.length === 0) return '';
  const shown = sharing.filter((pair) => sharing.length <= mostPairs || pair.shares !== 'nothing').slice(0, mostPairs);
  const rows = shown.map(({ a, b, shares }) => [nameWords(a), nameWords(b), sharesWords(shares)]);
  const left = sharing.length - shown.length;
  return [
    ...(rows.length === 0
      ? []
      : [textTable([{ title: 'this' }, { title: 'and this' }, { title: 'share' }], rows, style)]),
    ...(left === 0 ? [] : [`  ${left} more ${left === 1 ? 'pair' : 'pairs'}: the list above says where they run`]),
    `  ${hanging('Only requests that meet in one process share anything; other processes have copies of their own.', style.width - 2, 2)}`,
  ].join('\n');
}

/** Causes in the order of the first process group; what holds for several groups is said once. */
function endingsTable({ mounts, endings }: Prediction, style: ExplanationStyle): string {
  const groupOf = new Map(mounts.map((mount) => [mountName(mount), groupName(mount)]));
  const rows = new Map<string, { readonly ending: Prediction['endings'][number]; readonly groups: Set<string> }>();
  for (const ending of endings) {
    const key = JSON.stringify([ending.because, ending.after, ending.effect]);
    const row = rows.get(key) ?? { ending, groups: new Set() };
    row.groups.add(groupOf.get(ending.of) ?? '');
    rows.set(key, row);
  }
  if (rows.size === 0) return '';
  const columns = ['processes of', 'because', 'after', 'then'].map((title) => ({ title }));
  const body = [...rows.values()].map(({ ending: { because, after, effect }, groups }) => [
    [...groups].join(', '),
    because,
    after.replaceAll(style.base, ''),
    effect.replaceAll('-', ' '),
  ]);
  return textTable(columns, body, style);
}

const nameFrom = (base: string, path: string): string => (path.startsWith(base) ? path.slice(base.length) : path);

const distinct = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];
