import { describe, expect, it } from 'vitest';
import { defaultGroup } from '../../deployments/defaults.ts';
import type { TraceEvent } from '../../trace.ts';
import { millis, type ProcessGroupName, processId } from '../../vocabulary.ts';
import type { ApacheRun } from '../rule.ts';
import { failingProcessesAreNotForkedInALoop as rule } from './failing-processes-are-not-forked-in-a-loop.ts';

const name = 'shop' as ProcessGroupName;

/** Processes that are started at these times, each to end at once, in a group of so many. */
function verdictOn(processes: number, starts: readonly number[], threads = 2): string {
  let seq = 0;
  const trace = starts.flatMap((at, index): readonly TraceEvent[] => {
    const process = processId(name, index + 1);
    return [
      { seq: ++seq, at: millis(at), kind: 'process.spawned', process, processGroup: name, pid: index + 1 },
      {
        ...{ seq: ++seq, at: millis(at), kind: 'process.exited', process },
        ...{ because: 'crash', exit: { kind: 'returned', code: 1 } },
      },
    ];
  });
  const daemons = [{ ...defaultGroup, name, host: 0, processes, threads }];
  // It asks for nothing else of a deployment.
  return rule.judge({ deployment: { daemons }, trace } as unknown as ApacheRun).kind;
}

describe('the rule about processes that cannot start', () => {
  it('allows one start a second, and short pauses before', () => {
    expect(verdictOn(1, [0, 1000, 2000, 3000, 4000, 5000])).toBe('pass');
    expect(verdictOn(1, [0, 200, 600, 1400, 2400, 3400, 4400])).toBe('pass');
  });

  it('allows one a second for each process of the group', () =>
    expect(verdictOn(2, [0, 0, 200, 200, 1000, 1000, 2000, 2000, 3000, 3000])).toBe('pass'));

  it('forbids more, for one process and for several', () => {
    expect(verdictOn(1, [0, 100, 200, 300, 400])).toBe('fail');
    expect(verdictOn(2, [0, 0, 100, 100, 200, 200, 300, 300, 400, 400])).toBe('fail');
  });

  it('decides nothing by few, or by processes that have no threads', () => {
    expect(verdictOn(1, [0, 10, 20])).toBe('not-exercised');
    expect(verdictOn(1, [0, 100, 200, 300, 400], 0)).toBe('not-exercised');
  });
});
