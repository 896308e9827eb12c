/** What the tests of servers share: where they run, what must not be left behind, and servers that may be missing. */
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import { type Address, eventsOf, type Observation, type Trace } from '../../spec/trace.ts';
import type { RequestId } from '../../spec/vocabulary.ts';
import type { KitTarget, WorldOptions } from '../kit/target.ts';
import { targets } from '../targets/targets.ts';
import { serversAreRequired } from './find-apache.ts';

/** A temporary directory of the test file's own. @returns what still runs or lies about of any server started in it. */
export function ownTemporaryDirectory(): () => Promise<readonly string[]> {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wsgiscope-test-'));
    // Whoever runs the applications must be able to pass.
    await chmod(directory, 0o755);
    vi.stubEnv('TMPDIR', directory);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true });
  });
  return async () => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const texts = await Promise.all(
      pids.flatMap((pid) => ['cmdline', 'environ'].map((of) => readFile(`/proc/${pid}/${of}`, 'utf8').catch(() => ''))),
    );
    // This very process names it as well, once the environment is stubbed; its own /proc file is that of its start.
    return [...texts.filter((text) => text.includes(directory)), ...(await readdir(directory))];
  };
}

/** A target by its id, as a test needs it. */
export interface Tested {
  readonly isSkipped: boolean;
  /** For a title: says that the server is missing, where it is. */
  readonly note: string;
  readonly target: KitTarget;
  /** @throws where the server is missing: under WSGISCOPE_REQUIRE=all that is a failure. */
  readonly world: (options?: Partial<WorldOptions>) => ReturnType<FoundWorld>;
}
type FoundWorld = Extract<Awaited<ReturnType<KitTarget['find']>>, { kind: 'found' }>['world'];

export async function tested(id: string): Promise<Tested> {
  const target = targets.find((one) => one.id === id);
  if (!target) throw new Error(`there is no target ${id}`);
  const found = await target.find();
  return {
    isSkipped: found.kind === 'missing' && !serversAreRequired(),
    note: found.kind === 'missing' ? ` (skipped: ${found.what} is missing)` : '',
    target,
    world: (options = {}) => {
      if (found.kind === 'missing')
        throw new Error(`WSGISCOPE_REQUIRE=all, and ${found.what} is missing: ${found.fix}`);
      return found.world({ seed: 1, ...options });
    },
  };
}

/** The host and port at which every generated deployment of workers answers. */
export const at = (path = '/'): Address => ({ host: 'localhost', port: 8000, path });

export const seenBy = (trace: Trace, request: RequestId): Observation | undefined =>
  eventsOf(trace, 'observation').find((event) => event.request === request)?.seen;

/** Each request with its status, or with the reason why there is none, in the order in which they ended. */
export const statuses = (trace: Trace): readonly (readonly [RequestId, number | string])[] =>
  trace.flatMap((event): (readonly [RequestId, number | string])[] => {
    if (event.kind === 'request.finished') return [[event.request, event.status]];
    return event.kind === 'request.failed' ? [[event.request, event.reason]] : [];
  });
