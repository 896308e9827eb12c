/** A load by wrk: each connection asks again as soon as it was answered. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Load {
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  /** Bytes that each request carries; absent is a GET. */
  readonly upload?: number;
}

/**
 * @param folder - For wrk's script.
 * @returns Responses per second.
 * @throws Error when a response was not a success: such a figure would say nothing.
 */
export async function requestsPerSecond(port: number, load: Load, folder: string): Promise<number> {
  const { path, connections, seconds, upload } = load;
  const script = join(folder, 'upload.lua');
  if (upload !== undefined) writeFileSync(script, `wrk.method = "POST"\nwrk.body = string.rep("x", ${upload})\n`);
  const text = await new Promise<string>((resolve, reject) =>
    execFile(
      'wrk',
      [
        ...['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`, '--timeout', '20s'],
        ...(upload === undefined ? [] : ['--script', script]),
        `http://127.0.0.1:${port}${path}`,
      ],
      (error, stdout) => (error ? reject(error) : resolve(stdout)),
    ),
  );
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1];
  if (bad !== undefined) throw new Error(`${bad} responses of ${path} were no success\n${text}`);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(text)?.[1];
  if (rate === undefined || Number(rate) === 0) throw new Error(`wrk counted nothing at ${path}\n${text}`);
  return Number(rate);
}
