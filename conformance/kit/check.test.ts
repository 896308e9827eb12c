import { describe, expect, it, vi } from 'vitest';
import type { CheckRecord, ResultRecord } from '../../spec/check-record.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import { type Defects, truth } from '../../src/simulator/decisions.ts';
import { simulator } from '../../src/simulator/simulator.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';
import { check } from './check.ts';
import type { KnownFinding } from './known.ts';
import { merged } from './merge.ts';
import { readRecords } from './record-schema.ts';
import type { KitTarget } from './target.ts';
import { readToken } from './token.ts';
import { tryOut } from './trial.ts';

const deployments = anyDeployment({ scripts: ['/srv/a.wsgi', '/srv/b.wsgi'], ports: [8080] });
const server = (id: string, defects: Defects = {}): KitTarget => ({
  id,
  title: id,
  find: async () => ({ kind: 'found', version: '1', world: ({ seed }) => simulator({ seed, defects }) }),
  deployments,
});
/** It takes the script that is there for the one it loaded, however often it changes. */
const blind = server('blind', { noticesChange: () => false });
/** It says that no other thread meets a request, whatever threads it has. */
const liar = server('liar', {
  flags: (deployment, group) => {
    const flags = truth.flags(deployment, group);
    return flags && { ...flags, multithread: false };
  },
});
const never = new AbortController().signal;

async function recordsOf(
  targets: readonly KitTarget[],
  more: { cases?: number; known?: readonly KnownFinding[]; shard?: { index: number; of: number } } = {},
): Promise<readonly CheckRecord[]> {
  const records: CheckRecord[] = [];
  await check({
    targets,
    rules,
    seed: 7,
    cases: 25,
    rows: 1,
    lanes: 2,
    known: [],
    strict: false,
    tool: '0',
    signal: never,
    onRecord: (record) => records.push(record),
    ...more,
  });
  return records;
}
const resultsIn = (records: readonly CheckRecord[]): readonly ResultRecord[] =>
  records.filter((record): record is ResultRecord => record.kind === 'result');
const failedIn = (records: readonly CheckRecord[]) => resultsIn(records).filter(({ verdict }) => verdict === 'fail');
const exitCodeOf = (records: readonly CheckRecord[]) =>
  records.flatMap((record) => (record.kind === 'footer' ? [record.exitCode] : []))[0];

describe('a check', () => {
  it('has nothing against a sound server, and says so of each rule once', async () => {
    const records = await recordsOf([server('sound')]);
    expect(failedIn(records)).toEqual([]);
    expect(resultsIn(records).map(({ rule }) => rule)).toEqual(rules.map(({ id }) => id));
    expect(exitCodeOf(records)).toBe(0);
  });

  it('tells of a broken server a story that is short, and whose token shows it again and to no sound server', async () => {
    const records = await recordsOf([blind]);
    expect(exitCodeOf(records)).toBe(1);
    const found = failedIn(records).find(({ area }) => area === 'reloading');
    const steps = found?.detail.story?.steps ?? [];
    expect(steps.some((step) => step.startsWith('Touch '))).toBe(true);
    expect(steps.length).toBeLessThan(8);
    expect(found?.detail.again).toEqual({ shown: 3, of: 3 });
    expect(found?.detail.story?.simulated).toBe('The simulator takes the same steps and keeps the rule.');
    const replay = readToken(found?.token ?? '');
    expect(replay).toMatchObject({ target: 'blind', rule: found?.rule });
    const judged = await Promise.all(
      [blind, server('sound')].map(async (target) => {
        const place = await target.find();
        if (place.kind === 'missing' || !replay) throw new Error('it is here, and so is the run');
        const asked = rules.filter(({ id }) => id === replay.rule);
        return (
          await tryOut({ found: place, scenario: replay.scenario, rules: asked, seed: replay.seed, signal: never })
        ).findings;
      }),
    );
    expect(judged.map(([finding]) => finding?.verdict)).toEqual(['fail', 'pass']);
  });

  it('does not fail for what is known, and does when it is known no longer', async () => {
    const broken = failedIn(await recordsOf([liar]));
    const known = broken.map(
      ({ rule }): KnownFinding => ({ target: 'liar', rule, verdict: 'fail', because: 'it lies' }),
    );
    expect(known.length).toBeGreaterThan(0);
    const again = await recordsOf([liar], { known });
    expect(exitCodeOf(again)).toBe(0);
    // Run alone once all the same, by as little as shows it.
    for (const result of failedIn(again)) {
      expect(result.detail.again).toEqual({ shown: 1, of: 1 });
      expect(readToken(result.token ?? '')?.scenario.steps.length).toBeLessThan(5);
    }
    const honest = await recordsOf([server('liar')], { known });
    expect(exitCodeOf(honest)).toBe(1);
    expect(honest.at(-1)).toMatchObject({
      kind: 'footer',
      stale: expect.arrayContaining([expect.objectContaining({ target: 'liar' })]),
    });
  });

  it('names what is not here and goes on with the rest', async () => {
    const gone: KitTarget = {
      ...server('gone'),
      find: async () => ({ kind: 'missing', what: 'a server', fix: 'install it' }),
    };
    const records = await recordsOf([gone, server('sound')]);
    expect(records[0]).toMatchObject({
      targets: [{ id: 'gone', version: null, missing: { what: 'a server' } }, { id: 'sound' }],
    });
    expect(new Set(resultsIn(records).map(({ target }) => target))).toEqual(new Set(['sound']));
  });

  it('takes a world that breaks for its own fault, not for the server’s', async () => {
    const broken: KitTarget = {
      ...server('broken'),
      find: async () => ({
        kind: 'found',
        version: '1',
        world: () => ({
          name: 'broken',
          sees: new Set(),
          run: () => Promise.reject(new Error('no room for a socket')),
        }),
      }),
    };
    const records = await recordsOf([broken]);
    expect(exitCodeOf(records)).toBe(3);
    expect(
      records
        .filter(({ kind }) => kind === 'history')
        .every((record) => 'broke' in record && record.broke === 'no room for a socket'),
    ).toBe(true);
  });

  it('comes to the same in parts as whole', async () => {
    const whole = await recordsOf([server('sound')], { cases: 50 });
    const parts = await Promise.all(
      [1, 2, 3].map((index) => recordsOf([server('sound')], { cases: 50, shard: { index, of: 3 } })),
    );
    const together = merged(parts, { known: [], strict: false });
    const verdicts = (records: readonly CheckRecord[]) =>
      resultsIn(records).map(({ rule, verdict, detail }) => [rule, verdict, detail.exercised]);
    expect(verdicts(together)).toEqual(verdicts(whole));
    expect(together.at(-1)).toMatchObject({ exitCode: 0 });
  });

  it('writes records that its own reader takes, and takes no others', async () => {
    const lines = (await recordsOf([liar])).map((record) => JSON.stringify(record));
    expect(readRecords(lines)).toMatchObject({ kind: 'read' });
    expect(readRecords(lines.slice(1))).toMatchObject({ kind: 'refused', line: 1 });
    expect(readRecords([...lines.slice(0, 3), '{"kind":"result"'])).toMatchObject({ kind: 'refused', line: 4 });
    expect(readRecords([])).toMatchObject({ kind: 'refused' });
  });

  it('tells of every run in which nothing happened, also where the next one went well', async () => {
    vi.useFakeTimers();
    try {
      let started = 0;
      const world = simulator({ seed: 1 });
      const target: KitTarget = {
        ...server('lazy'),
        find: async () => ({
          kind: 'found',
          version: '1',
          world: () => ({
            ...world,
            run: (scenario, signal) =>
              ++started === 2
                ? new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
                : world.run(scenario, signal),
          }),
        }),
      };
      const running = recordsOf([target]);
      await vi.advanceTimersByTimeAsync(100_000);
      const records = await running;
      const stuck = records.flatMap((record) => (record.kind === 'history' && record.stuck ? [record.stuck] : []));
      expect(stuck).toEqual([{ shown: 1, of: 2 }]);
      const histories = records.filter(({ kind }) => kind === 'history').length;
      const footer = { kind: 'footer', stuck: { shown: 1, of: histories + 1 }, exitCode: 0 };
      expect(records.at(-1)).toMatchObject(footer);
      expect(merged([records], { known: [], strict: false }).at(-1)).toMatchObject(footer);
      expect(readRecords(records.map((record) => JSON.stringify(record)))).toEqual({ kind: 'read', records });
    } finally {
      vi.useRealTimers();
    }
  });

  it('tells of a first history before anything else is begun', async () => {
    const told: string[] = [];
    const target = server('sound');
    await check({
      targets: [target, { ...target, id: 'other' }],
      rules,
      seed: 7,
      cases: 25,
      rows: 1,
      lanes: 3,
      known: [],
      strict: false,
      tool: '0',
      signal: never,
      onRecord: (record) => told.push(record.kind),
      onProgress: (id, doing) => doing.startsWith('history') && told.push(`${id} ${doing}`),
      onFindings: (id) => told.push(`${id} judged`),
    });
    expect(told.slice(0, 4)).toEqual(['header', 'sound history 0', 'sound judged', 'history']);
    expect(told.filter((one) => one === 'sound history 0')).toHaveLength(1);
  });

  it('runs the histories of one target side by side', async () => {
    let [running, most] = [0, 0];
    let goOn = (): void => {};
    // After the first history none ends before three are under way.
    const three = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let started = 0;
    const world = simulator({ seed: 1 });
    const target: KitTarget = {
      ...server('waiting'),
      find: async () => ({
        kind: 'found',
        version: '1',
        world: () => ({
          ...world,
          run: async (scenario, signal) => {
            most = Math.max(most, ++running);
            if (running === 3) goOn();
            if (++started > 1) await three;
            const trace = await world.run(scenario, signal);
            running--;
            return trace;
          },
        }),
      }),
    };
    const records: CheckRecord[] = [];
    await check({
      targets: [target],
      rules,
      seed: 7,
      cases: 75,
      rows: 1,
      lanes: 3,
      known: [],
      strict: false,
      tool: '0',
      signal: never,
      onRecord: (record) => records.push(record),
    });
    expect(most).toBe(3);
    expect(exitCodeOf(records)).toBe(0);
  });
});
