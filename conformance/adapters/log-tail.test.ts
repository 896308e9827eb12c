import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { LogTail } from './log-tail.ts';

const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the end of a log gives every whole line once, however it was written', () =>
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.constantFrom('a', 'b', '\n', 'x'.repeat(70_000))).map((all) => all.join(''))),
      (pieces) => {
        const file = join(folder, 'error.log');
        writeFileSync(file, '');
        const tail = new LogTail(file);
        const lines = pieces.flatMap((piece) => {
          appendFileSync(file, piece);
          return tail.read();
        });
        tail.close();
        expect(lines).toEqual(pieces.join('').split('\n').slice(0, -1));
      },
    ),
    { numRuns: 40 },
  ));
