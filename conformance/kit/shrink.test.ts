import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../spec/scenario.ts';
import type { Address } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { shortest, withoutOrphans } from './shrink.ts';

const to: Address = { host: 'localhost', port: 8080, path: '/' };
const anySteps = fc.array(fc.constantFrom('request', 'hold'), { minLength: 1, maxLength: 30 }).map((kinds) =>
  kinds.flatMap((kind, index): readonly Step[] => {
    const request = requestId(index + 1);
    return kind === 'hold'
      ? [
          { do: 'hold', request, to },
          { do: 'release', requests: [request] },
        ]
      : [{ do: 'request', request, to }];
  }),
);
const asksFor = (steps: readonly Step[], id: string): boolean =>
  steps.some((step) => 'to' in step && step.request === id);

describe('making a failing run short', () => {
  it('keeps exactly what the failure needs, wherever it stands among other steps', () =>
    fc.assert(
      fc.asyncProperty(anySteps, fc.nat(), fc.nat(), async (steps, a, b) => {
        const ids = steps.flatMap((step) => ('to' in step ? [step.request] : []));
        const wanted = new Set([ids[a % ids.length], ids[b % ids.length]]);
        const fails = async (some: readonly Step[]) => [...wanted].every((id) => asksFor(some, String(id)));
        const found = await shortest(steps, fails, () => true);
        expect(await fails(found)).toBe(true);
        expect(new Set(found.flatMap((step) => ('to' in step ? [step.request] : [])))).toEqual(wanted);
      }),
    ));

  it('runs nothing more once its time is up', async () => {
    const steps = [1, 2, 3, 4].map((serial): Step => ({ do: 'request', request: requestId(serial), to }));
    let runs = 0;
    const found = await shortest(
      steps,
      async () => {
        runs++;
        return true;
      },
      () => runs < 1,
    );
    expect([runs, found.length]).toEqual([1, 2]);
  });

  it('lets no step speak of a request that is no longer sent', () => {
    const [r1, r2] = [requestId(1), requestId(2)];
    const steps: readonly Step[] = [
      { do: 'hold', request: r2, to },
      { do: 'act', act: { kind: 'signal', signal: 'SIGTERM', processOf: r1 } },
      { do: 'release', requests: [r1, r2] },
      { do: 'await-replacement', processOf: r1 },
    ];
    expect(withoutOrphans(steps)).toEqual([steps[0], { do: 'release', requests: [r2] }]);
  });
});
