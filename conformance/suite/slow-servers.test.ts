import { describe, expect, it } from 'vitest';
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import { ruleById } from '../../spec/rules/catalogue.ts';
import { type Happening, happeningKinds, type Mark, type Observation, type Trace } from '../../spec/trace.ts';
import { fromSeconds, millis, type ProcessGroupName, processId, requestId } from '../../spec/vocabulary.ts';
import { judge } from '../../src/judge/judge.ts';
import { oneGroup } from '../mutants/stages.ts';

const shop = 'shop' as ProcessGroupName;
const process = processId(shop, 1);
const to = { host: 'example.org', port: 8080, path: '/a' };
const everyKind = new Set(happeningKinds);
const seenIn = (pid: number): Observation =>
  ({ process: `${pid}@1` as Mark, pid, processGroup: shop, applicationGroup: '' }) as Observation;

const traceOf = (...events: readonly (readonly [number, Happening])[]): Trace =>
  events.map(([at, happening], index) => ({ seq: index + 1, at: millis(at), ...happening }));

function verdictOf(id: string, deployment: ApacheDeployment, trace: Trace): string | undefined {
  const rule = ruleById(id);
  if (!rule) throw new Error(`no rule ${id}`);
  return judge({ deployment, trace }, [rule], everyKind)[0]?.verdict;
}

const spawned: readonly [number, Happening] = [0, { kind: 'process.spawned', process, processGroup: shop, pid: 1 }];
const sent = (at: number, id: number): readonly [number, Happening] => [
  at,
  { kind: 'request.sent', request: requestId(id), to, method: 'GET' },
];
const finished = (at: number, id: number, status = 200): readonly [number, Happening] => [
  at,
  { kind: 'request.finished', request: requestId(id), status },
];
const stopped = (at: number): readonly [number, Happening] => [
  at,
  { kind: 'process.stopping', process, because: 'inactivity-timeout' },
];

describe('an end by inactivity-timeout, of two seconds', () => {
  const deployment = oneGroup({ inactivityTimeout: fromSeconds(2) });
  const accepted = (at: number, reported: boolean): readonly [number, Happening] => [
    at,
    { kind: 'request.accepted', request: requestId(1), process, ...(reported && { reported: true as const }) },
  ];
  const verdict = (reported: boolean, end: number): string | undefined =>
    verdictOf(
      'LIFE-IDLE-01',
      deployment,
      traceOf(spawned, sent(0, 1), accepted(1000, reported), finished(1000, 1), stopped(end)),
    );

  it('may come as soon as it is over since the request was sent, where that reported late', () => {
    expect(verdict(true, 2100)).toBe('pass');
    expect(verdict(true, 1100)).toBe('fail');
    expect(verdict(false, 2100)).toBe('fail');
  });

  it('is not judged where a request that never reported may have been inside', () => {
    const silent = [sent(0, 2), finished(500, 2, 500)] as const;
    const told = [spawned, ...silent, sent(600, 1), accepted(700, true), finished(700, 1)] as const;
    expect(verdictOf('LIFE-IDLE-01', deployment, traceOf(...told, stopped(800)))).toBe('not-exercised');
  });
});

describe('a request that follows the end of a process', () => {
  const killed = (deployment: ApacheDeployment, outcome: readonly [number, Happening]): string | undefined =>
    verdictOf(
      'LIFE-REPLACE-01',
      deployment,
      traceOf(
        sent(0, 1),
        [5, { kind: 'observation', request: requestId(1), seen: seenIn(1) }],
        finished(5, 1),
        [10, { kind: 'act.performed', act: { kind: 'signal', signal: 'SIGKILL', processOf: requestId(1) } }],
        sent(20, 2),
        outcome,
      ),
    );

  it('is no evidence where the server gave it up sooner than another process must be there', () => {
    const impatient = oneGroup({ queueTimeout: fromSeconds(1) });
    expect(killed(impatient, finished(1025, 2, 504))).toBe('not-exercised');
  });

  it('is evidence where it did not wait so long, or was given as long as anybody needs', () => {
    expect(killed(oneGroup({ queueTimeout: fromSeconds(1) }), finished(500, 2, 504))).toBe('fail');
    expect(killed(oneGroup({ queueTimeout: fromSeconds(9) }), finished(9025, 2, 504))).toBe('fail');
    expect(killed(oneGroup(), finished(500, 2, 503))).toBe('fail');
  });
});

describe('a request that signals its own process', () => {
  const verdict = (deployment: ApacheDeployment, at: number): string | undefined =>
    verdictOf(
      'RELOAD-SIGNAL-01',
      deployment,
      traceOf(
        [
          0,
          {
            kind: 'request.sent',
            request: requestId(1),
            to,
            method: 'GET',
            behave: { kind: 'signal-self', signal: 'SIGINT' },
          },
        ],
        finished(at, 1, 504),
        [at, { kind: 'observation', request: requestId(1), seen: seenIn(1) }],
        sent(at + 100, 2),
        [at + 200, { kind: 'observation', request: requestId(2), seen: seenIn(2) }],
        finished(at + 200, 2),
      ),
    );

  it('is not lost by its process where it was given up while it waited for one', () => {
    expect(verdict(oneGroup({ queueTimeout: fromSeconds(1) }), 1005)).toBe('pass');
    expect(verdict(oneGroup({ queueTimeout: fromSeconds(1) }), 300)).toBe('fail');
  });
});
