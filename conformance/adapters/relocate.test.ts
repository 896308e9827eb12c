import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pattern as regex } from '../../spec/routing/patterns.ts';
import { type Route, route } from '../../spec/routing/route.ts';
import type { Address } from '../../spec/trace.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';
import { movedRegex, relocate } from './relocate.ts';

const scripts = ['/srv/www/shop.wsgi', '/srv/www/blog/blog.wsgi', '/opt/srv/www.wsgi'] as const;
const place = {
  root: '/tmp/srv-Ab1+2/files',
  ports: new Map([
    [80, 41001],
    [8080, 41002],
  ]),
};
const anyAddress: fc.Arbitrary<Address> = fc.record({
  host: fc.constantFrom('main.example', 'one.example', 'two.example', 'www.two.example', 'other.example'),
  port: fc.constantFrom(80, 8080),
  path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/a/b/c', '/b', '/b/x', '/nothing'),
});

/** Where a request ends up, as far as moving must not change it: real ports show in SERVER_PORT and the names of groups. */
const essence = (answer: Route): object => {
  if (answer.kind === 'unmapped') return answer;
  const { alias: _, serverPort: __, applicationGroup, ...mount } = answer.mount;
  return { ...answer, mount: { ...mount, applicationGroup: applicationGroup.replace(/:\d+/, '') } };
};

/** The same place, below the root. */
const below = (answer: Route): Route =>
  answer.kind === 'unmapped'
    ? { ...answer, file: answer.file && { ...answer.file, path: place.root + answer.file.path } }
    : { ...answer, mount: { ...answer.mount, script: place.root + answer.mount.script } };

it('leaves where each request ends up as it was, except that files lie below the root', () => {
  fc.assert(
    fc.property(anyDeployment({ scripts, ports: [80, 8080] }), anyAddress, (deployment, to) => {
      const moved = route(relocate(deployment, place), { ...to, port: place.ports.get(to.port) ?? 0 });
      expect(essence(moved)).toEqual(essence(below(route(deployment, to))));
    }),
    { numRuns: 500 },
  );
});

it('keeps the meaning of regular expressions for directories, whatever they are anchored to', () => {
  const anyPattern = fc.constantFrom(
    '^/srv/www/',
    '/srv',
    '^/opt|^/srv/www/b',
    'www',
    'x?',
    '^.opt/[^/]+/www',
    '(?i)SHOP',
    '[\\]^]|^/o',
    'files',
    'tmp',
    '^$',
  );
  fc.assert(
    fc.property(anyPattern, fc.constantFrom(...scripts), (pattern, script) => {
      const moved = regex(movedRegex(pattern, place));
      expect(moved?.test(place.root + script)).toBe(regex(pattern)?.test(script));
    }),
  );
});
