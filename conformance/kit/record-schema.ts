/** The published form of what a check writes, and the reader of it: {@link file://../../spec/check-record.ts}, for programs. */
import * as v from 'valibot';
import { type CheckRecord, checkVerdicts, checkVersion } from '../../spec/check-record.ts';
import { areas } from '../../spec/rules/rule.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const text = v.nullable(v.string());
const verdict = v.picklist(checkVerdicts);
const share = v.looseObject({ shown: count, of: count });

const header = v.looseObject({
  kind: v.literal('header'),
  version: v.literal(checkVersion),
  tool: v.string(),
  began: v.pipe(v.string(), v.isoTimestamp()),
  seed: count,
  cases: count,
  shard: v.optional(v.looseObject({ index: count, of: count })),
  targets: v.array(
    v.looseObject({
      id: v.string(),
      title: v.string(),
      version: text,
      rare: v.optional(count),
      missing: v.optional(v.looseObject({ what: v.string(), fix: v.string() })),
    }),
  ),
});

const history = v.looseObject({
  kind: v.literal('history'),
  target: v.string(),
  history: count,
  cases: count,
  driven: v.optional(v.literal(true)),
  requests: count,
  events: count,
  ms: count,
  broke: text,
  stuck: v.optional(share),
});

const evidence = v.looseObject({ says: v.string(), seqs: v.array(count) });

const result = v.looseObject({
  kind: v.literal('result'),
  target: v.string(),
  rule: v.string(),
  level: v.picklist(['must', 'should', 'may']),
  area: v.picklist(areas),
  verdict,
  case: text,
  token: text,
  detail: v.looseObject({
    exercised: count,
    evidence: v.array(evidence),
    because: text,
    again: v.nullable(v.looseObject({ shown: count, of: count, stuck: v.optional(count) })),
    story: v.nullable(
      v.looseObject({
        steps: v.array(v.string()),
        sequence: v.string(),
        configuration: text,
        log: v.array(v.string()),
        simulated: v.string(),
      }),
    ),
    known: text,
  }),
});

const footer = v.looseObject({
  kind: v.literal('footer'),
  counts: v.looseObject(v.entriesFromList(checkVerdicts, count)),
  stale: v.array(v.looseObject({ target: v.string(), rule: v.string(), because: v.string() })),
  stuck: v.optional(share),
  ms: count,
  exitCode: v.picklist([0, 1, 2, 3]),
});

export const checkRecordSchema = v.variant('kind', [header, history, result, footer]);

export type ReadRecords =
  | { readonly kind: 'read'; readonly records: readonly CheckRecord[] }
  /** `line` is from 1. */
  | { readonly kind: 'refused'; readonly line: number; readonly message: string };

/** Reads what a check wrote, record by record; empty lines are passed over. The first record must be a header. */
export function readRecords(lines: readonly string[]): ReadRecords {
  const records: CheckRecord[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const refused = (message: string): ReadRecords => ({ kind: 'refused', line: index + 1, message });
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      return refused('it is no JSON; was the check interrupted?');
    }
    const read = v.safeParse(checkRecordSchema, json);
    if (!read.success) {
      const [issue] = read.issues;
      return refused(`${v.getDotPath(issue) ?? 'the record'}: ${issue.message}`);
    }
    if (records.length === 0 && read.output.kind !== 'header')
      return refused('it is no header, with which a check begins');
    // The schema and the type say the same; brands and read-only marks are all that differs.
    records.push(read.output as CheckRecord);
  }
  return records.length > 0
    ? { kind: 'read', records }
    : { kind: 'refused', line: 1, message: 'there is nothing in it' };
}
