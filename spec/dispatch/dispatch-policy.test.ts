import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, choiceOf, type DispatchPolicy, dispatchPolicies } from './dispatch-policy.ts';

const anyCandidates = (minLength = 0): fc.Arbitrary<readonly Candidate[]> =>
  fc.uniqueArray(
    fc.record({
      hasFreeThread: fc.boolean(),
      busy: fc.nat(8),
      serial: fc.integer({ min: 1, max: 50 }),
      lastTurn: fc.nat(100),
    }),
    { minLength, maxLength: 8, selector: ({ serial }) => serial },
  );
const anyPolicy = fc.constantFrom(...dispatchPolicies);
const from = (client: string) => ({ client });
const nobody = from('');

/** Gives out requests one after the other, each over before the next. @returns the serials of those that got one. */
function giveOut(policy: DispatchPolicy, processes: readonly Candidate[], clients: readonly string[]): number[] {
  const choose = choiceOf(policy);
  const turns = new Map<number, number>();
  const served: number[] = [];
  for (const [turn, client] of clients.entries()) {
    const now = processes.map((one) => ({ ...one, lastTurn: turns.get(one.serial) ?? 0 }));
    const chosen = choose(now, served.at(-1) ?? 0, from(client));
    if (!chosen) return served;
    turns.set(chosen.serial, turn + 1);
    served.push(chosen.serial);
  }
  return served;
}

describe('a dispatch policy', () => {
  it('chooses a process with a free thread, and one whenever there is one', () =>
    fc.assert(
      fc.property(anyPolicy, anyCandidates(), fc.nat(50), fc.string(), (policy, candidates, last, client) => {
        const chosen = choiceOf(policy)(candidates, last, from(client));
        if (chosen) expect(candidates.filter((one) => one.hasFreeThread)).toContain(chosen);
        else expect(candidates.filter((one) => one.hasFreeThread)).toEqual([]);
      }),
    ));

  it('looks at the address of a client only where the address decides', () =>
    fc.assert(
      fc.property(anyPolicy, anyCandidates(1), (policy, candidates) => {
        let asked = false;
        const request = {
          get client() {
            asked = true;
            return '192.0.2.1';
          },
        };
        choiceOf(policy)(candidates, 0, request);
        expect(asked).toBe(policy === 'ip-hash');
      }),
    ));
});

describe.each(['mod-wsgi', 'round-robin', 'least-connections'] as const)('%s', (policy) => {
  it('is fair to idle processes: of as many requests as there are processes each gets one', () =>
    fc.assert(
      fc.property(anyCandidates(1), fc.integer({ min: 1, max: 4 }), (some, rounds) => {
        const idle = some.map((one) => ({ ...one, hasFreeThread: true, busy: 0 }));
        const served = giveOut(policy, idle, Array<string>(rounds * idle.length).fill('192.0.2.1'));
        for (const { serial } of idle) expect(served.filter((one) => one === serial)).toHaveLength(rounds);
      }),
    ));
});

describe('round-robin', () => {
  it('passes over a process without a free thread, and goes on with the oldest after the youngest', () => {
    const free = { hasFreeThread: true, busy: 0, lastTurn: 0 };
    const processes = [
      { ...free, serial: 1 },
      { ...free, serial: 2, hasFreeThread: false },
      { ...free, serial: 3 },
    ];
    expect(giveOut('round-robin', processes, ['', '', '', ''])).toEqual([1, 3, 1, 3]);
  });
});

describe('least-connections', () => {
  it('chooses a process than which none with a free thread has fewer busy ones', () =>
    fc.assert(
      fc.property(anyCandidates(1), fc.nat(50), (candidates, last) => {
        const chosen = choiceOf('least-connections')(candidates, last, nobody);
        const free = candidates.filter((one) => one.hasFreeThread);
        if (chosen) expect(chosen.busy).toBe(Math.min(...free.map(({ busy }) => busy)));
      }),
    ));
});

describe('ip-hash', () => {
  const clients = Array.from({ length: 100 }, (_, index) => `192.0.2.${index}`);
  const processes = [1, 2, 3, 4].map((serial) => ({ hasFreeThread: true, busy: 0, serial, lastTurn: 0 }));

  it('brings a client to the same process whatever was served before, in whatever order the processes stand', () =>
    fc.assert(
      fc.property(anyCandidates(1), fc.nat(50), fc.ipV4(), (candidates, last, client) => {
        const serial = choiceOf('ip-hash')(candidates, 0, from(client))?.serial;
        const later = candidates.map((one) => ({ ...one, busy: one.busy + 1, lastTurn: one.lastTurn + 7 })).reverse();
        expect(choiceOf('ip-hash')(later, last, from(client))?.serial).toBe(serial);
      }),
    ));

  it('moves no client but those of a process that goes away', () => {
    const before = giveOut('ip-hash', processes, clients);
    const after = giveOut('ip-hash', processes.slice(1), clients);
    expect(after.filter((serial, index) => before[index] !== 1 && serial !== before[index])).toEqual([]);
    expect(before).toContain(1);
  });

  it('leaves no process without clients', () =>
    expect(new Set(giveOut('ip-hash', processes, clients))).toEqual(new Set([1, 2, 3, 4])));
});
