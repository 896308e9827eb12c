/** The results of a check in two short forms: a Markdown table for a pull request, and JSON for a badge. */
import { type CheckedTarget, type CheckVerdict, checkVerdicts, type ResultRecord } from '../../spec/check-record.ts';
import { inLine, markdownTable } from './markdown-table.ts';

/** A row for each target, a column for each verdict that occurs; then what is against a rule. */
export function checkMarkdown(targets: readonly CheckedTarget[], results: readonly ResultRecord[]): string {
  const occurring = checkVerdicts.filter((verdict) => results.some((result) => result.verdict === verdict));
  const rows = targets.map(({ id, version, missing }) => [
    id,
    missing ? `not here: ${missing.what}` : (version ?? ''),
    ...occurring.map((verdict) => String(countOf(results, id, verdict))),
  ]);
  const against = results.filter(({ verdict }) => ['fail', 'flaky', 'harness-failed'].includes(verdict));
  const list = against.map(
    ({ target, rule, verdict, detail }) =>
      `- **${verdict}** ${rule} on ${target}: ${inLine(detail.evidence[0]?.says ?? detail.because ?? '')}${detail.known === null ? '' : ` (known: ${inLine(detail.known)})`}`,
  );
  return `${[markdownTable(['target', 'version', ...occurring], rows), ...(list.length > 0 ? [list.join('\n')] : [])].join('\n\n')}\n`;
}

const countOf = (results: readonly ResultRecord[], target: string, verdict: CheckVerdict): number =>
  results.filter((result) => result.target === target && result.verdict === verdict).length;

/** As shields.io reads it from a URL (its "endpoint badge"): rules kept of those that could be decided. */
export function checkBadge(results: readonly ResultRecord[]): string {
  const kept = results.filter(({ verdict }) => verdict === 'pass').length;
  const decided = results.filter(({ verdict }) => ['pass', 'warn', 'flaky', 'fail'].includes(verdict)).length;
  const failed = results.some(({ verdict, detail }) => verdict === 'fail' && detail.known === null);
  const color = decided === 0 ? 'lightgrey' : failed ? 'red' : kept === decided ? 'brightgreen' : 'yellow';
  const message = decided === 0 ? 'nothing decided' : `${kept} of ${decided} rules kept`;
  return `${JSON.stringify({ schemaVersion: 1, label: 'WSGI rules', message, color })}\n`;
}
