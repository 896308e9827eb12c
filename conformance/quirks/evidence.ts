/** Makes evidence that is the same whenever and wherever it is gathered. */
import { hostname } from 'node:os';
import type { QuirkEvidence } from '../../spec/quirks/profile.ts';
import type { Line } from './line.ts';

/** What differs between two runs on one machine, or between two machines. */
export interface Place {
  readonly folder: string;
  readonly port: number;
}

/** What a client sent and saw. */
export const evidenceOf = (line: Line, ...steps: readonly string[]): QuirkEvidence => ({
  ...(steps.length > 0 ? { steps } : {}),
  sent: line.sent,
  seen: line.seen,
  // Who then closes first is chance.
  ended: line.isComplete ? 'complete' : line.end,
});

export function neutral(evidence: QuirkEvidence, place: Place): QuirkEvidence {
  const clean = (text: string): string => shortened(neutralText(text, place));
  const { steps, sent, seen, ended } = evidence;
  return {
    ...(steps === undefined ? {} : { steps: steps.map(clean) }),
    ...(sent === undefined ? {} : { sent: clean(sent) }),
    ...(seen === undefined ? {} : { seen: clean(seen) }),
    ...(ended === undefined ? {} : { ended }),
  };
}

export const neutralText = (text: string, { folder, port }: Place): string =>
  text
    .replaceAll(folder, '<folder>')
    .replaceAll(hostname(), '<machine>')
    .replaceAll(new RegExp(`\\b${port}\\b`, 'g'), '<port>')
    .replaceAll(/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g, '<date>');

/** More than this is cut in its middle, in characters. */
const longest = 900;

/** A run of one letter first: it is there for its length only. */
function shortened(text: string): string {
  const brief = text.replaceAll(/([A-Za-z])\1{99,}/g, (run, letter: string) => `<${run.length} times ${letter}>`);
  if (brief.length <= longest) return brief;
  const half = longest / 2;
  return `${brief.slice(0, half)}<${brief.length - longest} more>${brief.slice(-half)}`;
}
