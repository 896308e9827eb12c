import { describe, expect, it } from 'vitest';
import type { DaemonGroup } from '../../../spec/deployments/apache.ts';
import type { Step } from '../../../spec/scenario.ts';
import { eventsOf, type Trace } from '../../../spec/trace.ts';
import { fromSeconds, millis, requestId } from '../../../spec/vocabulary.ts';
import { aDaemonGroup, aDeployment } from '../../simulator/a-deployment.ts';
import { crowd, hold, release } from '../../simulator/a-run.ts';
import { gatewayWorld } from '../gateway-world.ts';

const shop = (options: Partial<DaemonGroup>) =>
  aDeployment({ '/shop': { processGroup: 'shop' } }, { daemons: [aDaemonGroup('shop', { threads: 1, ...options })] });
const awaitOutcome = (id: number, atMost: number): Step => ({
  do: 'await-outcome',
  request: requestId(id),
  atMost: millis(atMost),
});

/** The kind of each event of a request, and the status at its end. */
const course = (trace: Trace, id: number): readonly (string | number)[] =>
  trace.flatMap((event): readonly (string | number)[] => {
    if (!('request' in event) || event.request !== requestId(id)) return [];
    return event.kind === 'request.finished' ? [event.status] : [event.kind.replace('request.', '')];
  });

describe('the queue of a daemon group', () => {
  it('takes one more than listen-backlog; who finds it full until connect-timeout gets 503', async () => {
    const deployment = shop({ listenBacklog: 0, connectTimeout: fromSeconds(1) });
    const steps = [hold(1, '/shop'), crowd(2, '/shop'), crowd(3, '/shop'), release(1, 2, 3)];
    const trace = await gatewayWorld().run({ deployment, steps });
    expect(course(trace, 2)).toEqual(['sent', 'queued', 'released', 'accepted', 'observation', 200]);
    expect(course(trace, 3)).toEqual(['sent', 503]);
    const [first] = eventsOf(trace, 'request.released');
    expect(eventsOf(trace, 'request.finished')[0]?.seq).toBeLessThan(first?.seq ?? 0);
  });

  it('keeps a request beyond queue-timeout, until a thread takes it and drops it with 504', async () => {
    const deployment = shop({ queueTimeout: fromSeconds(1) });
    const steps = [hold(1, '/shop'), crowd(2, '/shop'), awaitOutcome(2, 1100), release(1, 2)];
    const trace = await gatewayWorld().run({ deployment, steps });
    expect(course(trace, 1)).toEqual(['sent', 'accepted', 'observation', 'released', 200]);
    expect(course(trace, 2)).toEqual(['sent', 'queued', 'released', 'accepted', 504]);
  });
});
