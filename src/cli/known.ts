/** The list of known findings that a check goes by: the user's own, or the one that the kit comes with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { type KnownFinding, knownFindingsSchema } from '../../conformance/kit/known.ts';
import { Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { ownPackage } from './package-root.ts';

/**
 * @param file - As the user named it; absent is conformance/results/known.json.
 * @throws Obstacle for a file that cannot be read, or holds something else.
 */
export function knownFindings(file?: string): readonly KnownFinding[] {
  const path = file ?? join(ownPackage().root, 'conformance/results/known.json');
  const wrong = (what: string): Obstacle =>
    new Obstacle(
      exitCodes.undecided,
      `--known ${path}: ${what}\nfix: write [{ "target": "gunicorn-*", "rule": "PEP-HDR-02", "verdict": "fail", "because": "…" }, …]`,
    );
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const read = v.safeParse(knownFindingsSchema, json);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw wrong(`${v.getDotPath(issue) ?? 'the list'}: ${issue.message}`);
}
