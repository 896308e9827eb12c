import { describe, expect, it } from 'vitest';
import { type ApacheSoftware, mpms } from '../../spec/deployments/apache.ts';
import type { DispatchPolicy } from '../../spec/dispatch/dispatch-policy.ts';
import { eventsOf } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { aDaemonGroup, aDeployment, at } from './a-deployment.ts';
import { type Defects, dispatchedBy, truth } from './decisions.ts';
import { simulate } from './simulate.ts';

const deployment = aDeployment(
  { '/shop': { processGroup: 'shop' } },
  { daemons: [aDaemonGroup('shop', { processes: 2, threads: 2 })] },
);

describe('a decision', () => {
  it('that is replaced changes the run: where code is never new enough, 2 × processes + 1 replays end with 503', () => {
    const preloads = [
      {
        script: '/srv/shop.wsgi',
        processGroup: 'shop',
        applicationGroup: 'localhost|/shop',
        because: 'WSGIImportScript',
        host: 0,
      },
    ] as const;
    const steps = [{ do: 'request', request: requestId(1), to: at('/shop') }] as const;
    const broken: Defects = { noticesChange: () => true };
    const trace = simulate({ deployment: { ...deployment, preloads }, steps }, { seed: 7, defects: broken });
    expect(eventsOf(trace, 'request.replayed')).toHaveLength(5);
    expect(eventsOf(trace, 'request.finished').map(({ status }) => status)).toEqual([503]);
    expect(eventsOf(trace, 'observation')).toEqual([]);
  });

  it('that is replaced by itself changes nothing', () => {
    const steps = [{ do: 'request', request: requestId(1), to: at('/shop') }] as const;
    const honest = simulate({ deployment, steps }, { seed: 7 });
    expect(simulate({ deployment, steps }, { seed: 7, defects: truth })).toEqual(honest);
  });

  it('may be a dispatch policy: round-robin serves processes in turn, ip-hash sends one client to one of them', () => {
    const steps = [1, 2, 3, 4].map((id) => ({ do: 'request', request: requestId(id), to: at('/shop') }) as const);
    const servers = (policy: DispatchPolicy): readonly string[] =>
      eventsOf(simulate({ deployment, steps }, { seed: 7, defects: dispatchedBy(policy) }), 'request.accepted').flatMap(
        ({ process }) => (process.startsWith('shop#') ? [process] : []),
      );
    expect(servers('round-robin')).toEqual(['shop#1', 'shop#2', 'shop#1', 'shop#2']);
    expect(new Set(servers('ip-hash')).size).toBe(1);
  });

  it('is made for each signal as the sources say', () => {
    const server = (mpm: ApacheSoftware['mpm'], modWsgi: ApacheSoftware['modWsgi'] = '4.9'): ApacheSoftware => ({
      mpm,
      modWsgi,
    });
    for (const mpm of mpms) {
      expect(truth.respondsTo('SIGKILL', 'child', server(mpm), true)).toBe('die');
      expect(truth.respondsTo('SIGTERM', 'child', server(mpm), true)).toBe(mpm === 'prefork' ? 'obey' : 'ignore');
      expect(truth.respondsTo('SIGINT', 'daemon', server(mpm), true)).toBe('obey');
    }
    expect(truth.respondsTo('SIGUSR1', 'child', server('prefork'), true)).toBe('obey');
    expect(truth.respondsTo('SIGUSR1', 'child', server('worker'), true)).toBe('ignore');
    expect(truth.respondsTo('SIGUSR2', 'daemon', server('event', '5'), true)).toBe('die');
    expect(truth.respondsTo('SIGUSR2', 'daemon', server('event', '6'), true)).toBe('ignore');
    expect(truth.respondsTo('SIGHUP', 'daemon', server('event', '5'), true)).toBe('die');
    expect(truth.respondsTo('SIGHUP', 'daemon', server('event', '5'), false)).toBe('ignore');
  });

  it('names modules as mod_wsgi does', () => {
    // Source: `printf %s /srv/shop.wsgi | md5sum`
    expect(truth.moduleName('/srv/shop.wsgi')).toBe('_mod_wsgi_d68c5741ce5e1049400be58944661405');
  });
});
