import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Deployment } from '../../spec/deployment.ts';
import type { GunicornDeployment } from '../../spec/deployments/gunicorn.ts';
import type { UwsgiDeployment } from '../../spec/deployments/uwsgi.ts';
import { situations } from '../../src/probe/situations.ts';
import { aGunicorn, aUwsgi } from '../../src/simulator/a-worker-deployment.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';
import { readToken, tokenOf } from './token.ts';

const anyReplay = fc.record({
  target: fc.constantFrom('simulator', 'apache-event-daemon'),
  rule: fc.option(fc.constantFrom('FLAG-PEP-01', 'ISO-PROC-01')),
  seed: fc.nat(),
  scenario: anyDeployment({ scripts: ['/srv/a.wsgi', '/srv/b.wsgi'], ports: [8080] }).map((deployment) =>
    situations(deployment),
  ),
});

it('reads from a token the very run it was made of', () =>
  fc.assert(
    fc.property(anyReplay, (replay) => {
      expect(readToken(tokenOf(replay))).toEqual(JSON.parse(JSON.stringify(replay)));
    }),
    { numRuns: 30 },
  ));

it('reads tokens of before, which do not say what has since been told apart', () => {
  const read = (deployment: Deployment) =>
    readToken(tokenOf({ target: 'any', rule: null, seed: 1, scenario: { deployment, steps: [] } }))?.scenario
      .deployment;
  const { requestedClass: _, ...gunicorn } = aGunicorn({ workerClass: 'gevent' });
  expect(read(gunicorn as GunicornDeployment)).toEqual(aGunicorn({ workerClass: 'gevent' }));
  const { reloadMercy: __, ...uwsgi } = aUwsgi();
  expect(read(uwsgi as UwsgiDeployment)).toEqual(aUwsgi());
});

it('takes nothing else for a token, however it was cut or changed', () =>
  fc.assert(
    fc.property(anyReplay, fc.nat(), fc.constantFrom('cut', 'changed', 'another form'), (replay, at, damage) => {
      const token = tokenOf(replay);
      const place = 6 + (at % (token.length - 6));
      const damaged = {
        cut: token.slice(0, place),
        changed: `${token.slice(0, place)}.${token.slice(place + 1)}`,
        'another form': `wsgi9-${token.slice(6)}`,
      }[damage];
      const read = readToken(damaged);
      // Where compression can mend the damage, it is the same run.
      if (read !== null) expect(read).toEqual(JSON.parse(JSON.stringify(replay)));
    }),
    { numRuns: 50 },
  ));

it('refuses a text that would unpack to more than any run', async () => {
  const { deflateRawSync } = await import('node:zlib');
  const bomb = deflateRawSync(Buffer.alloc(64 << 20, 0x20)).toString('base64url');
  expect(readToken(`wsgi1-${bomb}`)).toBeNull();
});
