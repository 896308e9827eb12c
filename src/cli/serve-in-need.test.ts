import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

interface Started extends AsyncDisposable {
  /** All that it has written so far. */
  readonly output: () => string;
  /** Resolves with the text that matched. @throws Error when it ends before. */
  written(pattern: RegExp): Promise<string>;
  readonly ended: Promise<number | null>;
}

/** `wsgiscope serve` of a small configuration, with at most so many descriptors. */
function serve(port: string, descriptors = 1024, address = '127.0.0.1'): Started {
  const directory = mkdtempSync(join(tmpdir(), 'serve-in-need-'));
  const script = join(directory, 'app.wsgi');
  writeFileSync(
    script,
    "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'ok']\n",
  );
  const configuration = join(directory, 'site.conf');
  writeFileSync(
    configuration,
    `Listen 8080\nServerName localhost\nThreadLimit 2000\nThreadsPerChild 1000\nMaxRequestWorkers 1000\nServerLimit 1\nWSGIDaemonProcess one threads=2\nWSGIScriptAlias / ${script} process-group=one application-group=%{GLOBAL}\n`,
  );
  const command = `ulimit -n ${descriptors}; exec "$0" "$@"`;
  const options = ['serve', configuration, '--port', `8080=${port}`, '--address', address];
  const child: ChildProcess = spawn('sh', ['-c', command, process.execPath, main, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (block: Buffer) => {
      output += block.toString();
      for (const look of looks) look();
    });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    output: () => output,
    ended,
    written: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const [, found] = pattern.exec(output) ?? [];
          if (found !== undefined) resolve(found);
        };
        looks.add(look);
        ended.then(() => reject(new Error(`it ended before it wrote ${pattern}:\n${output}`)));
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const ask = (port: number): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end();
  });

/** Resolves with whether the server let the connection be. */
const open = (port: number): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => resolve(null));
    // A request without its end keeps the connection; an interim answer shows that somebody reads it.
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n');
    socket.once('data', () => resolve(socket));
  });

describe('A gateway in need', () => {
  it('survives that it has no descriptors left, says so once, and recovers', async () => {
    await using gateway = serve('0', 400);
    const port = Number(await gateway.written(/^http:\/\/127\.0\.0\.1:(\d+)\//m));
    const sockets = await Promise.all(Array.from({ length: 450 }, () => open(port)));
    const kept = sockets.filter((socket) => socket !== null);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(450);
    expect(gateway.output().match(/limit of open files leaves room/g)).toHaveLength(1);
    await Promise.all(
      kept.map(
        (socket) =>
          new Promise<void>((resolve) => {
            socket.on('close', () => resolve());
            socket.destroy();
          }),
      ),
    );
    expect(await ask(port)).toBe(200);
  });

  it('whose port another one has says so and starts nothing', async () => {
    await using first = serve('0');
    const port = await first.written(/^http:\/\/127\.0\.0\.1:(\d+)\//m);
    await using second = serve(port);
    expect(await second.ended).toBe(2);
    expect(second.output()).toContain(`port ${port} on 127.0.0.1 is in use`);
    expect(await ask(Number(port))).toBe(200);
  });

  it('whose address this machine does not have says so', async () => {
    await using gateway = serve('0', 1024, '192.0.2.1');
    expect(await gateway.ended).toBe(2);
    expect(gateway.output()).toContain('this machine has no address 192.0.2.1');
  });

  it('says what it opens when it listens to more than this machine', async () => {
    await using gateway = serve('0', 1024, '0.0.0.0');
    await gateway.written(/(Ctrl-C)/);
    expect(gateway.output()).toContain('every machine that reaches 0.0.0.0');
  });
});
