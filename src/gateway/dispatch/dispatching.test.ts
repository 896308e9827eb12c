import { describe, expect, it } from 'vitest';
import type { DispatchPolicy } from '../../../spec/dispatch/dispatch-policy.ts';
import { serve } from '../serving.ts';

const whoAnswers = `
import os
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(os.getpid()).encode()]
`;
const threeProcesses = `WSGIDaemonProcess shop processes=3 threads=2
WSGIScriptAlias / \${here}/app.wsgi process-group=shop
`;

/** Who answers requests that come one after the other from one client. */
async function answerers(dispatch: DispatchPolicy): Promise<readonly string[]> {
  await using site = await serve(threeProcesses, { 'app.wsgi': whoAnswers }, { dispatch });
  const pids: string[] = [];
  for (let count = 0; count < 9; count++) pids.push((await site.ask('/')).body);
  return pids;
}

describe('a gateway with a dispatch policy', () => {
  it.each(['mod-wsgi', 'round-robin', 'least-connections'] as const)(
    'brings requests that come one by one to its processes in turn: %s',
    async (policy) => {
      const pids = await answerers(policy);
      expect(new Set(pids.slice(0, 3)).size).toBe(3);
      expect(pids.slice(3)).toEqual(pids.slice(0, 6));
    },
  );

  it('brings all requests of one client to one process with ip-hash', async () =>
    expect(new Set(await answerers('ip-hash')).size).toBe(1));
});
