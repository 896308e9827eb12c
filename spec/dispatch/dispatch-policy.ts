/**
 * Which process of a group is given the next request. Apache has no such choice: the daemon processes of mod_wsgi wait
 * for one socket, one at a time by an accept mutex, and whichever has its turn takes what comes. The other policies are
 * those of load balancers, here for comparison. No policy makes a request wait while any process has a thread free.
 */

export const dispatchPolicies = ['mod-wsgi', 'round-robin', 'least-connections', 'ip-hash'] as const;
export type DispatchPolicy = (typeof dispatchPolicies)[number];

/** A process as a policy sees it. */
export interface Candidate {
  readonly hasFreeThread: boolean;
  readonly busy: number;
  /** Larger for each process that joins the group. */
  readonly serial: number;
  /** Larger for each request given out in the group: when this process was given its last one; 0 is never. */
  readonly lastTurn: number;
}

/**
 * @param last - The serial of the process that was given the request before this one; 0 before the first.
 * @param request - Asked for its client's address by a policy that needs it, and by no other.
 * @returns null when no candidate has a free thread.
 */
export type Choose = <C extends Candidate>(
  candidates: readonly C[],
  last: number,
  request: { readonly client: string },
) => C | null;

/**
 * The process that has waited longest for its turn. Source: mod_wsgi 4.9.4, wsgi_daemon_worker: one idle thread of each
 * process queues for the mutex. The kernel promises no order; probed with Apache 2.4.71, two idle processes took 60
 * requests in turns, with some runs of three.
 */
const modWsgi: Choose = (candidates) => bestOf(candidates, (one, other) => one.lastTurn < other.lastTurn);

/** The one that joined next after the last that was served; after the youngest comes the oldest. */
const roundRobin: Choose = (candidates, last) => bestOf(candidates, (one, other) => isSooner(one, other, last));

/** The one with the fewest busy threads, of equals the next in turn. */
const leastConnections: Choose = (candidates, last) =>
  bestOf(candidates, (one, other) => (one.busy === other.busy ? isSooner(one, other, last) : one.busy < other.busy));

/**
 * The one that a client's address draws: the highest of the numbers that address and process make together, so that a
 * process that comes or goes moves no other client. Source: Thaler and Ravishankar, "Using Name-Based Mappings to
 * Increase Hit Rates" (rendezvous hashing).
 */
const ipHash: Choose = (candidates, _, request) => {
  const address = hash(request.client);
  return bestOf(candidates, (one, other) => mix(address, one.serial) > mix(address, other.serial));
};

const chooseBy: Readonly<Record<DispatchPolicy, Choose>> = {
  'mod-wsgi': modWsgi,
  'round-robin': roundRobin,
  'least-connections': leastConnections,
  'ip-hash': ipHash,
};

/** The choice that a policy makes. */
export const choiceOf = (policy: DispatchPolicy): Choose => chooseBy[policy];

/** The best of those that have a thread free, the first of equals. */
function bestOf<C extends Candidate>(candidates: readonly C[], isBetter: (one: C, other: C) => boolean): C | null {
  let best: C | null = null;
  for (const candidate of candidates)
    if (candidate.hasFreeThread && (best === null || isBetter(candidate, best))) best = candidate;
  return best;
}

/** Whether `one` comes before `other` on the way round from `last`. */
function isSooner(one: Candidate, other: Candidate, last: number): boolean {
  const isAhead = one.serial > last;
  return isAhead === other.serial > last ? one.serial < other.serial : isAhead;
}

/** FNV-1a in 32 bits. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193);
  return sum;
}

/** Spreads two numbers over 32 bits. Source: MurmurHash3, fmix32. */
function mix(address: number, serial: number): number {
  let bits = address ^ Math.imul(serial, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
