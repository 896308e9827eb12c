/** A deployment as a Mermaid flow chart: URLs, and the scripts that answer them inside interpreters inside processes. */

import type { PredictedMount, Prediction } from '../../spec/predict.ts';
import { mountName } from '../../spec/routing/mounts.ts';
import {
  answerWords,
  gilWords,
  groupTitle,
  interpreterTitle,
  nameWords,
  placeWords,
  poolWords,
  slotWord,
} from './deployment-words.ts';

/**
 * @param base - Scripts below this directory are named from there; with a slash at the end.
 * @returns Mermaid source that ends in a line break; the same prediction gives the same text.
 */
export function processMap({ server, mounts, patterns, files }: Prediction, base = ''): string {
  const running = mounts.filter((mount) => mount.answer.kind === 'application');
  const groups = distinct(running.map((mount) => mount.processGroup));
  const script = new Map(
    distinct(running.map(moduleOf)).map((module, index) => [module, `script${index + 1}`] as const),
  );
  const shortened = (path: string): string => (path.startsWith(base) ? path.slice(base.length) : path);
  const lines = groups.flatMap((group, groupIndex) => {
    const inGroup = running.filter((mount) => mount.processGroup === group);
    const title = inGroup.slice(0, 1).map((first) => `${groupTitle(first)}: ${poolWords(first, slotWord(server))}`);
    const interpreters = distinct(inGroup.map((mount) => mount.applicationGroup));
    return [
      // One line: Mermaid hides a second one behind the subgraph inside.
      `  subgraph group${groupIndex + 1}[${label(...title)}]`,
      ...interpreters.flatMap((interpreter, index) => {
        const inside = inGroup.filter((mount) => mount.applicationGroup === interpreter);
        const modules = distinct(inside.map(moduleOf));
        const named = inside.slice(0, 1).map((mount) => `${interpreterTitle(mount)}${gilWords(mount.gil)}`);
        return [
          `    subgraph interpreter${groupIndex + 1}_${index + 1}[${label(...named)}]`,
          ...modules.map((module) => {
            const mount = inside.find((candidate) => moduleOf(candidate) === module);
            return `      ${script.get(module)}[${label(shortened(mount?.script ?? ''))}]`;
          }),
          '    end',
        ];
      }),
      '  end',
    ];
  });
  const ways = mounts.map((mount, index) => {
    const target = script.get(moduleOf(mount));
    const url = `url${index + 1}([${label(nameWords(mountName(mount)))}])`;
    return mount.answer.kind === 'application' && target
      ? `  ${url} --> ${target}`
      : `  ${url} -.-> refused${index + 1}{{${label(answerWords(mount))}}}`;
  });
  const unknown = patterns.map(
    ({ host, port, url, script: target }, index) =>
      `  pattern${index + 1}([${label(`${placeWords({ host, port })} ${url}`)}]) -.-> unknown${index + 1}[${label(shortened(target), 'known only when a request comes')}]`,
  );
  const served = files.map(
    ({ host, port, match, url, path, answer }, index) =>
      `  files${index + 1}([${label(`${host}:${port}${match === 'pattern' ? ' ' : ''}${url}`)}]) ${answer === 'denied' ? '-.->' : '-->'} folder${index + 1}[(${label(shortened(path), fileWords[answer])})]`,
  );
  return `${['flowchart LR', ...lines, ...ways, ...unknown, ...served].join('\n')}\n`;
}

const fileWords = { file: '', cgi: 'run as CGI programs', denied: 'refused with 403' } as const;

/** One script in one interpreter of one group: what one box stands for. */
const moduleOf = ({ processGroup, applicationGroup, script }: PredictedMount): string =>
  JSON.stringify([processGroup, applicationGroup, script]);

/** Text as Mermaid takes it literally: entities in its own spelling, lines joined by `<br/>`. */
const label = (...texts: readonly string[]): string =>
  `"${texts
    .filter((text) => text !== '')
    .map((text) => text.replace(/[#"<>&`\\;{}[\]%]/g, (character) => `#${character.codePointAt(0)};`))
    .join('<br/>')}"`;

const distinct = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];
