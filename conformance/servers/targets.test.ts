import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readApache } from '../../src/config/apache/read.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { targets } from '../targets/targets.ts';
import { serversAreRequired } from './find-apache.ts';

describe('the targets with a name', () => {
  it('have names of their own, those that the documentation promises', () => {
    expect(targets.map(({ id }) => id).toSorted()).toEqual(
      [
        'simulator',
        ...['prefork', 'worker', 'event'].map((mpm) => `gateway-${mpm}-embedded`),
        'gateway-daemon',
        ...['prefork', 'worker', 'event'].flatMap((mpm) => [`apache-${mpm}-embedded`, `apache-${mpm}-daemon`]),
        ...['sync', 'gthread', 'gevent'].map((workers) => `gunicorn-${workers}`),
        ...['processes', 'threads', 'lazy-apps', 'interpreters'].map((about) => `uwsgi-${about}`),
        ...['waitress', 'cheroot', 'werkzeug', 'wsgiref'],
      ].toSorted(),
    );
  });

  it.each(targets)('$id says what it found, or what is missing and how to get it', async ({ find, id }) => {
    const found = await find();
    if (found.kind === 'missing') {
      expect(serversAreRequired(), `${id}: ${found.what} is missing`).toBe(false);
      expect(found.fix).not.toBe('');
    } else expect(found.version).toMatch(/\d|simulator/);
  });

  it.each(targets)('$id writes each of its deployments as its users would', async (target) => {
    const found = await target.find();
    if (found.kind === 'missing' || !found.configuration) return;
    for (const deployment of fc.sample(target.deployments, { numRuns: 20, seed: 1 })) {
      const text = found.configuration(deployment);
      expect(found.configuration(deployment)).toBe(text);
      if (deployment.kind === 'apache') {
        const { mpm, modWsgi } = deployment.server;
        const read = readApache({ file: '/etc/site.conf', text, source: filesInMemory({}), mpm, modWsgi });
        expect(read.deployment?.daemons).toEqual(deployment.daemons);
      } else expect(text).toContain(' 127.0.0.1:8000 ');
    }
  });
});
