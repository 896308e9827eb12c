/** The page of the results that are kept: each server by areas of rules, then everything that is against a rule, and why. */
import type { CheckHeader, CheckRecord, CheckVerdict, ResultRecord } from '../../spec/check-record.ts';
import { groupedBy } from '../../spec/rules/histories.ts';
import { type Area, areas } from '../../spec/rules/rule.ts';
import { matrixKey, standing } from './check-matrix.ts';
import { generated, inLine, markdownTable } from './markdown-table.ts';

/** @param checks - The records of each kept check, one target in each. */
export function resultsPage(checks: readonly (readonly CheckRecord[])[]): string {
  const rows = checks.map(rowOf).toSorted((a, b) => a.target.localeCompare(b.target));
  const shown = areas.filter((area) => rows.some(({ results }) => of(results, area).some(isDecided)));
  const table = markdownTable(
    ['target', 'version', 'checked', ...shown],
    rows.map(({ target, version, began, tried, results }) => [
      target,
      version,
      `${began.slice(0, 10)}, ${tried}`,
      ...shown.map((area) => standing(of(results, area)).text),
    ]),
  );
  const against = groupedBy(
    rows.flatMap(({ results }) => results.filter(({ verdict }) => isAgainst(verdict))),
    (result) => [result.rule, result.verdict, said(result)].join('\n'),
  );
  return `${[
    generated('conformance/results'),
    '# Results',
    preface,
    table,
    `${matrixKey}.`,
    '## What is against a rule',
    markdownTable(
      ['rule', 'verdict', 'what was seen', 'of'],
      [...against.values()]
        .flatMap((results) => {
          const [first] = results;
          return first ? [{ first, targets: results.map(({ target }) => target) }] : [];
        })
        .toSorted((a, b) => a.first.rule.localeCompare(b.first.rule))
        .map(({ first, targets }) => [
          `[${first.rule}](rules.md#${first.rule.toLowerCase()})`,
          first.verdict,
          inLine(said(first)),
          targets.join(', '),
        ]),
    ),
  ].join('\n\n')}\n`;
}

const preface = `What \`wsgiscope check --all --thorough --results conformance/results\` found, of each server and version that was at hand. A cell counts the
rules of its area that were kept, and those that were not. \`wsgiscope merge conformance/results/*.ndjson --html matrix.html\` makes the page
with the evidence of each: steps, sequence, configuration, log, and a token that replays it.`;

interface Row {
  readonly target: string;
  readonly version: string;
  readonly began: string;
  /** How much was tried, in words. */
  readonly tried: string;
  readonly results: readonly ResultRecord[];
}

function rowOf(records: readonly CheckRecord[]): Row {
  const header = records.find((record): record is CheckHeader => record.kind === 'header');
  const [target] = header?.targets ?? [];
  if (!header || !target) throw new RangeError('resultsPage: need checks with a header and a target');
  const { began, cases } = header;
  const tried = `${cases} cases${target.rare ? `, ${target.rare} rare deployments` : ''}`;
  const results = records.filter((record): record is ResultRecord => record.kind === 'result');
  return { target: target.id, version: target.version ?? '', began, tried, results };
}

/** What the server does where that is known; else what was seen. */
const said = ({ detail }: ResultRecord): string =>
  detail.known === null ? (detail.evidence[0]?.says ?? '') : `known: ${detail.known}`;
const of = (results: readonly ResultRecord[], area: Area): readonly ResultRecord[] =>
  results.filter((result) => result.area === area);
const isAgainst = (verdict: CheckVerdict): boolean => ['fail', 'flaky', 'warn', 'harness-failed'].includes(verdict);
const isDecided = ({ verdict }: ResultRecord): boolean => isAgainst(verdict) || verdict === 'pass';
