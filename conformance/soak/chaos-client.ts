/** One client of a chaotic run: it carries out errands, one after the other, and says how each ended. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { requestIdHeader } from '../../src/probe/target.ts';
import type { Outcome } from './chaos-account.ts';
import type { Errand } from './chaos-schedule.ts';

export class ChaosClient {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves with every outcome that the errand had: a sound server and client give one. */
  carryOut(errand: Errand): Promise<readonly Outcome[]> {
    const { mount, pause, blocks, upload, keepsAlive, leaves } = errand;
    const outcomes: Outcome[] = [];
    return new Promise((resolve) => {
      const end = (outcome: Outcome): void => {
        outcomes.push(outcome);
        // The request and its connection may have more to say: a second outcome would be heard until then.
        setImmediate(resolve, outcomes);
      };
      let hasLeft = false;
      const leave = (): void => {
        if (outcomes.length > 0) return;
        hasLeft = true;
        asked.destroy();
        end({ kind: 'left' });
      };
      const asked = request({
        host: '127.0.0.1',
        port: this.#port,
        path: `${mount}?${pause}&${blocks}`,
        method: upload > 0 ? 'POST' : 'GET',
        headers: { [requestIdHeader]: errand.request, ...(upload > 0 && { 'content-length': upload }) },
        agent: keepsAlive ? this.#agent : false,
      });
      asked.on('response', (response) => {
        if (leaves === 'in the response') response.once('data', leave);
        response.on('error', (error) => hasLeft || end({ kind: 'cut off', error: error.message }));
        read(response, (text) => hasLeft || end(outcomeOf(errand, response, text, asked.reusedSocket)));
      });
      asked.on('error', (error) => {
        if (hasLeft || outcomes.length > 0) return;
        end({ kind: asked.reusedSocket ? 'stale' : 'cut off', error: error.message });
      });
      if (leaves === 'while uploading') asked.write(Buffer.alloc(upload / 2), leave);
      else {
        asked.end(Buffer.alloc(upload));
        if (leaves === 'before the response') asked.once('finish', () => setImmediate(leave));
      }
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function read(response: IncomingMessage, whole: (text: string) => void): void {
  let text = '';
  response.setEncoding('latin1');
  response.on('data', (block: string) => {
    text += block;
  });
  response.on('end', () => whole(text));
}

/** A response that is whole says the same in each of its blocks. */
function outcomeOf(
  { request: id, blocks }: Errand,
  { statusCode = 0 }: IncomingMessage,
  text: string,
  reused: boolean,
): Outcome {
  if (statusCode !== 200) return { kind: 'refused', status: statusCode, reused };
  const [, pid] = /^\S+ (\d+)\n/.exec(text) ?? [];
  return text === `${id} ${pid}\n`.padEnd(blockLength).repeat(blocks)
    ? { kind: 'answered', pid: Number(pid) }
    : { kind: 'cut off', error: `a body of ${text.length} bytes that is not the one of ${blocks} blocks` };
}

/** Bytes of each block of a response. */
export const blockLength = 2000;
