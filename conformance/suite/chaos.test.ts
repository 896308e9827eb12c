import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { chaos } from '../soak/chaos.ts';
import { complaints } from '../soak/chaos-account.ts';
import { endedBetween, endurance, enduranceComplaints } from '../soak/endurance.ts';

// What is left is read from /proc.
describe.skipIf(process.platform !== 'linux')('the gateway', () => {
  it.each([1, randomInt(2 ** 31)])(
    'gives each request one outcome while its processes are killed, stopped and reloaded, with seed %i',
    { timeout: 300_000 },
    async (seed) => {
      const account = await chaos({ seed, goesOn: (requests) => requests < 800 });
      expect({ seed, complaints: complaints(account) }).toEqual({ seed, complaints: [] });
      expect(account.disturbances.length).toBeGreaterThanOrEqual(10);
    },
  );

  it('keeps nothing of processes that it replaced and of scripts that it loaded again', {
    timeout: 600_000,
  }, async () => {
    const endured = await endurance({ reloads: 30, replacements: 150 });
    expect(enduranceComplaints(endured)).toEqual([]);
    expect(endured).toMatchObject({ reloads: 30, replacements: 150 });
    expect(endedBetween(endured)).toBeGreaterThanOrEqual(90);
  });
});
