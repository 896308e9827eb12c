import { expect, it } from 'vitest';
import type { Step } from '../../spec/scenario.ts';
import { eventsOf } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { readApache } from '../../src/config/apache/read.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { gatewayWorld } from '../../src/gateway/gateway-world.ts';
import { contradictions, survivors } from '../adapters/lives.ts';

it('the gateway shows each process from outside, as the probe in it names it, until it is gone', async () => {
  const text = `Listen 8080
ServerName site.example
StartServers 1
ServerLimit 1
ThreadsPerChild 2
MaxRequestWorkers 2
WSGIDaemonProcess shop processes=2 threads=1
WSGIScriptAlias /shop /srv/shop.wsgi process-group=shop
WSGIScriptAlias /page /srv/page.wsgi
`;
  const input = { file: '/etc/site.conf', text, source: filesInMemory({}), modWsgi: '4.9', mpm: 'event' } as const;
  const { deployment } = readApache(input);
  if (!deployment) throw new Error('this is a configuration');
  const at = (path: string) => ({ host: 'site.example', port: 8080, path });
  const [r1, r2, r3, r4] = [requestId(1), requestId(2), requestId(3), requestId(4)];
  const steps: readonly Step[] = [
    { do: 'hold', request: r1, to: at('/shop') },
    { do: 'hold', request: r2, to: at('/shop') },
    { do: 'release', requests: [r1, r2] },
    { do: 'act', act: { kind: 'signal', signal: 'SIGTERM', processOf: r1 } },
    { do: 'await-replacement', processOf: r1 },
    { do: 'request', request: r3, to: at('/shop'), behave: { kind: 'exit', code: 1 } },
    { do: 'request', request: r4, to: at('/page') },
  ];
  const trace = await gatewayWorld().run({ deployment, steps }, AbortSignal.timeout(60_000));
  expect(contradictions(trace)).toEqual([]);
  expect(eventsOf(trace, 'observation').length).toBe(4);
  expect(eventsOf(trace, 'process.vanished').length).toBe(eventsOf(trace, 'process.exited').length);
  expect(survivors(trace)).toEqual(new Set());
});
