/** Findings as the tables of people show them: each with its rule's sentence, or with what goes against it. */
import { rules } from '../../spec/rules/catalogue.ts';
import type { Finding } from '../judge/judge.ts';
import type { FindingRow } from '../render/findings.ts';

export const findingRows = (findings: readonly Finding[]): readonly FindingRow[] =>
  findings.map((finding) => ({ rule: finding.rule, verdict: finding.verdict, says: sentence(finding) }));

function sentence(finding: Finding): string {
  const says = rules.find((rule) => rule.id === finding.rule)?.says ?? '';
  switch (finding.verdict) {
    case 'pass':
      return says;
    case 'fail':
    case 'warn':
      return `${says} ${finding.evidence.map((evidence) => evidence.says).join(' ')}`;
    default:
      return `${says} (${finding.because})`;
  }
}
