/** What happens in a chaotic run, from one seed: what each client asks, and what is done to the server meanwhile. */
import type { RequestId } from '../../spec/vocabulary.ts';
import { Chance } from '../../src/simulator/chance.ts';

/** One request and how its client behaves. */
export interface Errand {
  readonly request: RequestId;
  readonly mount: Mount;
  /** How long the application takes, in ms. */
  readonly pause: number;
  /** Blocks of the response; more than one are streamed. */
  readonly blocks: number;
  /** Bytes of the request body. */
  readonly upload: number;
  /** On the connection of the client's earlier requests, where that is still open. */
  readonly keepsAlive: boolean;
  /** Where the client goes away. */
  readonly leaves: 'never' | 'while uploading' | 'before the response' | 'in the response';
}

export const mounts = ['/one', '/two', '/embedded'] as const;
export type Mount = (typeof mounts)[number];

/** Something done to the server while requests are under way. */
export type Disturbance =
  | {
      readonly do: 'signal';
      readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGUSR1' /** Which process: an index into those there are. */;
      readonly of: number;
    }
  /** Stopped, and continued when the next disturbance comes, or somewhat later where no request ends meanwhile. */
  | { readonly do: 'stop'; readonly of: number }
  | { readonly do: 'touch'; readonly mount: Mount }
  /** A graceful restart of the server; a plain one may cut off what is under way. */
  | { readonly do: 'restart' };

/** The endless schedule of a seed: each call of a method goes one step further. */
export class ChaosSchedule {
  readonly #errands: Chance;
  readonly #disturbances: Chance;
  #asked = 0;

  constructor(seed: number) {
    // Apart, so that how many requests there were does not change what is done to the server.
    this.#errands = new Chance(seed);
    this.#disturbances = new Chance(seed ^ 0x5eed);
  }

  errand(): Errand {
    const chance = this.#errands;
    const oneIn = (n: number): boolean => chance.between(1, n) === 1;
    const upload = oneIn(5) ? chance.between(1, 300_000) : 0;
    // From 130 blocks on the connection is lent to the thread in the middle of the response.
    const blocks = oneIn(5) ? chance.between(2, 40) : oneIn(8) ? chance.between(100, 600) : 1;
    const leaves = oneIn(20)
      ? (chance.oneOf(['while uploading', 'before the response', 'in the response'] as const) ?? 'never')
      : 'never';
    return {
      request: `c${++this.#asked}` as RequestId,
      mount: chance.oneOf(mounts) ?? '/one',
      pause: oneIn(3) ? chance.between(1, 25) : 0,
      blocks: leaves === 'in the response' ? (chance.oneOf([40, 600]) ?? 40) : blocks,
      upload: leaves === 'while uploading' ? 300_000 : upload,
      keepsAlive: !oneIn(3),
      leaves,
    };
  }

  /** @returns how many requests are to end before it, and what it is. */
  disturbance(): { readonly after: number; readonly what: Disturbance } {
    const chance = this.#disturbances;
    const after = chance.between(10, 60);
    const of = chance.between(0, 1000);
    const draw = chance.between(1, 20);
    if (draw <= 7) return { after, what: { do: 'signal', signal: 'SIGKILL', of } };
    if (draw <= 10) return { after, what: { do: 'stop', of } };
    if (draw <= 11) return { after, what: { do: 'signal', signal: 'SIGTERM', of } };
    if (draw <= 12) return { after, what: { do: 'signal', signal: 'SIGUSR1', of } };
    if (draw <= 17) return { after, what: { do: 'touch', mount: chance.oneOf(mounts) ?? '/one' } };
    return { after, what: { do: 'restart' } };
  }
}
