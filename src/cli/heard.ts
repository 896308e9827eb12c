/** What a program of its own writes, for tests: to either stream, and as it comes. */
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface Heard {
  /** Everything written so far. */
  readonly output: () => string;
  /** The first group of the pattern, as soon as the output has it. */
  readonly says: (pattern: RegExp) => Promise<string>;
  readonly ended: Promise<number | null>;
}

export function hear(child: ChildProcessByStdio<null, Readable, Readable>): Heard {
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (block: Buffer) => {
      output += block.toString();
      for (const listener of listeners) listener();
    });
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  return {
    ended,
    output: () => output,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(output);
          if (found) resolve(found[1] ?? '');
        };
        listeners.add(look);
        ended.then((code) => reject(new Error(`ended with ${code} before it wrote ${pattern}:\n${output}`)));
        look();
      }),
  };
}
