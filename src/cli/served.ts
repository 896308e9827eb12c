/** `wsgiscope serve` as a program of its own, for tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Heard, hear } from './heard.ts';
import { ownPackage } from './package-root.ts';

export interface Served extends Heard, AsyncDisposable {
  readonly child: ChildProcess;
  readonly file: (name: string) => string;
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
  const heard = hear(child);
  return {
    ...heard,
    child,
    file,
    [Symbol.asyncDispose]: async () => {
      // SIGTERM makes uWSGI reload.
      child.kill('SIGINT');
      await heard.ended;
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
