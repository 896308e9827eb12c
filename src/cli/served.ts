/** `wsgiscope serve` as a program of its own, for tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownPackage } from './package-root.ts';

export interface Served extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly file: (name: string) => string;
  /** Everything written so far. */
  readonly output: () => string;
  /** The first group of the pattern, as soon as the output has it. */
  readonly says: (pattern: RegExp) => Promise<string>;
  readonly ended: Promise<number | null>;
}

/** `wsgiscope serve` in a directory of its own, which holds these files; the configuration is the first of them. */
export function serveFiles(files: Readonly<Record<string, string>>, ...args: readonly string[]): Served {
  const directory = mkdtempSync(join(tmpdir(), 'wsgiscope-serve-'));
  const file = (name: string): string => join(directory, name);
  for (const [name, text] of Object.entries(files)) writeFileSync(file(name), text);
  const [configuration = ''] = Object.keys(files);
  const child = spawn(
    process.execPath,
    [join(ownPackage().root, 'dist/src/cli/main.js'), 'serve', file(configuration), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd: directory },
  );
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (block: Buffer) => {
      output += block.toString();
      for (const listener of listeners) listener();
    });
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  return {
    child,
    file,
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
    [Symbol.asyncDispose]: async () => {
      // SIGTERM makes uWSGI reload.
      child.kill('SIGINT');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function ask(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, method, agent: false }, (response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8').on('data', (block: string) => {
        body += block;
      });
      response.on('end', () => resolve(body));
    });
    asked.on('error', reject).end();
  });
}
