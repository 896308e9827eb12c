import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModWsgiRelease } from '../../spec/deployments/apache.ts';
import { watchTerms } from '../../spec/machines/process-monitor.ts';
import { fromSeconds, millis } from '../../spec/vocabulary.ts';
import { aDaemonGroup } from './a-deployment.ts';
import { Monitor } from './monitor.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A monitor with a clock of its own. */
function watch(options: Parameters<typeof aDaemonGroup>[1], release: ModWsgiRelease = '4.9') {
  const clock = new VirtualClock();
  const told: (readonly [string, number])[] = [];
  const terms = watchTerms(aDaemonGroup('shop', options), release);
  if (!terms) throw new Error('nothing to watch');
  const monitor = new Monitor(terms, {
    now: () => clock.now(),
    after: (delay, act) => {
      const timer = clock.setTimeout(act, delay);
      return () => clock.clearTimeout(timer);
    },
    tell: (event) => told.push([event, clock.now()]),
    interrupt: (thread) => told.push([`INTERRUPTED ${thread}`, clock.now()]),
  });
  const pass = (ms: number): void => {
    clock.setTimeout(() => {}, ms);
    clock.runUntil(() => false, ms);
  };
  return { monitor, told, pass };
}

describe('inactivity-timeout', () => {
  it('begins with the first request: a process that never had one is never inactive', () => {
    const { told, pass } = watch({ inactivityTimeout: fromSeconds(2) });
    pass(60_000);
    expect(told).toEqual([]);
  });

  it('begins anew with every start and end of a request', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_999), { minLength: 2 }), (pauses) => {
        const { monitor, told, pass } = watch({ inactivityTimeout: fromSeconds(2) });
        for (const [index, pause] of pauses.entries()) {
          pass(pause);
          if (index % 2 === 0) monitor.requestStarted(1);
          else monitor.requestEnded(1);
        }
        const last = pauses.reduce((sum, pause) => sum + pause, 0);
        monitor.requestEnded(1);
        pass(10_000);
        expect(told).toEqual([['INACTIVE', last + 2_000]]);
      }),
    );
  });

  it('is not looked at while a request runs', () => {
    const { monitor, told, pass } = watch({ inactivityTimeout: fromSeconds(2) });
    monitor.requestStarted(1);
    pass(60_000);
    expect(told).toEqual([]);
  });

  it('from mod_wsgi 6 on does not wait for a request older than request-timeout and interrupt-timeout', () => {
    const { monitor, told, pass } = watch(
      { inactivityTimeout: fromSeconds(2), requestTimeout: fromSeconds(10), threads: 15 },
      '6',
    );
    monitor.requestStarted(1);
    pass(20_000);
    expect(told).toEqual([['INACTIVE', 10_001]]);
  });
});

describe('startup-timeout', () => {
  const startup = { startupTimeout: fromSeconds(3) };

  it('begins with the first request and ends a process in which no script loads', () => {
    const { monitor, told, pass } = watch(startup);
    pass(10_000);
    for (let failed = 0; failed < 4; failed++) {
      monitor.scriptNeeded();
      pass(500);
    }
    pass(60_000);
    expect(told).toEqual([['STARTUP_TIMED_OUT', 13_000]]);
  });

  it('is called off for good by the first script that is there', () => {
    const { monitor, told, pass } = watch(startup);
    monitor.scriptNeeded();
    pass(2_999);
    monitor.scriptFound();
    pass(5_000);
    monitor.scriptNeeded();
    pass(60_000);
    expect(told).toEqual([]);
  });
});

describe('deadlock-timeout', () => {
  it('ends a process in which one thread keeps the global lock, even with nothing else to watch', () => {
    const { monitor, told, pass } = watch({ deadlockTimeout: fromSeconds(4) });
    pass(60_000);
    monitor.lockKept();
    pass(60_000);
    expect(told).toEqual([['DEADLOCKED', 64_000]]);
  });
});

describe('a monitor that does not run', () => {
  it('lets every other deadline pass', () => {
    const off = { deadlockTimeout: millis(0), requestTimeout: fromSeconds(1), startupTimeout: fromSeconds(1) };
    expect(watchTerms(aDaemonGroup('shop', off), '4.9')).toBeNull();
    const { monitor, told, pass } = watch({ ...off, inactivityTimeout: fromSeconds(100), threads: 1 });
    monitor.scriptNeeded();
    monitor.requestStarted(1);
    pass(60_000);
    expect(told).toEqual([['REQUEST_TIMED_OUT', 1_000]]);
  });
});

describe('request-timeout', () => {
  it('before mod_wsgi 6 is for the sum of all running requests, divided by the number of threads', () => {
    const alone = watch({ requestTimeout: fromSeconds(2), threads: 4 });
    alone.monitor.requestStarted(1);
    alone.pass(60_000);
    expect(alone.told).toEqual([['REQUEST_TIMED_OUT', 8_000]]);
    const four = watch({ requestTimeout: fromSeconds(2), threads: 4 });
    for (const thread of [1, 2, 3, 4]) four.monitor.requestStarted(thread);
    four.pass(60_000);
    expect(four.told).toEqual([['REQUEST_TIMED_OUT', 2_000]]);
  });

  it('from mod_wsgi 6 on is for each request alone, longer the more threads there are', () => {
    const { monitor, told, pass } = watch({ requestTimeout: fromSeconds(2), threads: 4 }, '6');
    monitor.requestStarted(1);
    pass(1_000);
    monitor.requestStarted(2);
    pass(60_000);
    expect(told).toEqual([['REQUEST_TIMED_OUT', Math.ceil(2_000 * (1 + Math.log(4)))]]);
  });

  it('from mod_wsgi 6 on gives a request that was interrupted in vain the interrupt-timeout as well', () => {
    const options = { requestTimeout: fromSeconds(2), interruptTimeout: fromSeconds(3), threads: 1 };
    const { monitor, told, pass } = watch(options, '6');
    monitor.requestStarted(1);
    pass(60_000);
    expect(told).toEqual([
      ['INTERRUPTED 1', 2_000],
      ['REQUEST_TIMED_OUT', 5_000],
    ]);
  });

  it('is over with the request', () => {
    const { monitor, told, pass } = watch({ requestTimeout: fromSeconds(2), threads: 1, inactivityTimeout: millis(0) });
    monitor.requestStarted(1);
    pass(1_999);
    monitor.requestEnded(1);
    pass(60_000);
    expect(told).toEqual([]);
  });
});
