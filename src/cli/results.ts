/** Files that `wsgiscope check` wrote. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecords } from '../../conformance/kit/record-schema.ts';
import type { CheckRecord } from '../../spec/check-record.ts';
import { Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';

/** The records of each check that is kept in a folder. */
export const resultsIn = (folder: string): readonly (readonly CheckRecord[])[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .toSorted()
    .map((name) => recordsOf(join(folder, name)));

/** @throws Obstacle for a file that cannot be read, or holds something else. */
export function recordsOf(file: string): readonly CheckRecord[] {
  const wrong = (what: string): Obstacle =>
    new Obstacle(exitCodes.undecided, `${file}: ${what}\nfix: name a file that wsgiscope check --ndjson wrote`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const read = readRecords(text.split('\n'));
  if (read.kind === 'refused') throw wrong(`line ${read.line}: ${read.message}`);
  return read.records;
}
