/** A closed-loop load: each connection asks again as soon as it was answered. It runs in a thread of its own. */
import { connect } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

export interface Load {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
}

/** @returns Responses per second. All responses must be of one length, as those of a hello-world application are. */
export function requestsPerSecond(load: Load): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: load });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function run({ port, path, connections, seconds }: Load): Promise<number> {
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const length = await lengthOfResponse(port, request);
  const began = performance.now();
  const counts = await Promise.all(
    Array.from({ length: connections }, () => loop(port, request, length, began + seconds * 1000)),
  );
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - began) / 1000);
}

/** Asks until `end`; counts whole responses by their bytes. A server that closes after each response is called again. */
const loop = (port: number, request: string, length: number, end: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let count = 0;
    const open = (): void => {
      let bytes = 0;
      const socket = connect(port, '127.0.0.1', () => socket.write(request));
      socket.setNoDelay();
      socket.on('error', reject);
      socket.on('data', (block) => {
        bytes += block.length;
        if (bytes < length) return;
        bytes -= length;
        count++;
        if (performance.now() < end) socket.write(request);
        else socket.end();
      });
      socket.on('close', () => (performance.now() < end ? open() : resolve(count)));
    };
    open();
  });

/** The bytes of one response, head included. */
const lengthOfResponse = (port: number, request: string): Promise<number> =>
  new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('error', reject);
    socket.on('data', (block) => {
      text += block.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      const declared = /^content-length: *(\d+)/im.exec(text)?.[1];
      if (head < 0 || declared === undefined || text.length < head + 4 + Number(declared)) return;
      socket.end();
      resolve(text.length);
    });
  });

if (!isMainThread) parentPort?.postMessage(await run(workerData as Load));
