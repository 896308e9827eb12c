import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostName, hostPort, isHost, parseRequestTarget } from './request-target.ts';

describe('the target of a request', () => {
  it('never yields a path with dot segments, double slashes or NUL', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('/', '.', '..', 'a', '%2e', '%2F', '%00', '%41', '%', '?x', '//'), { maxLength: 12 }),
        (parts) => {
          const target = parseRequestTarget(`/${parts.join('')}`);
          if (target.kind === 'bad') expect([400, 404]).toContain(target.status);
          else expect(target.path).toMatch(/^\/(?!.*(\/\/|\0|(^|\/)\.\.?(\/|$)))/s);
        },
      ),
    ));

  it.each([
    ['/shop/cart?a=1&b=%20', { path: '/shop/cart', query: 'a=1&b=%20', host: null }],
    ['/caf%C3%A9', { path: '/caf\u00c3\u00a9', query: '', host: null }],
    ['/a/./b/../c/', { path: '/a/c/', query: '', host: null }],
    ['http://shop.example:81/x', { path: '/x', query: '', host: 'shop.example:81' }],
  ])('reads %s as Apache does', (target, expected) => {
    expect(parseRequestTarget(target)).toEqual({ kind: 'path', ...expected });
  });

  it.each([
    ['/%zz', 400],
    ['/a%2fb', 404],
    ['/a%00b', 404],
    ['/../etc/passwd', 400],
    ['*', 400],
  ])('refuses %s with %i', (target, status) => {
    expect(parseRequestTarget(target)).toMatchObject({ kind: 'bad', status });
  });

  it.each(['localhost', 'shop.example:8080', '[::1]:80', 'under_score', 'a.', 'shop:', ''])(
    'takes %j for a host',
    (text) => expect(isHost(text)).toBe(true),
  );

  it.each(['a b', 'a/b', 'u@a', 'a:b', 'a:99999', 'a:1:2', 'a,b', '[::1', '<b>', ':80', 'a%41'])(
    'takes %j for no host',
    (text) => expect(isHost(text)).toBe(false),
  );

  it('names a host without its port and in lower case', () => {
    expect(hostName('Shop.Example:8080')).toBe('shop.example');
    expect([hostPort('shop.example:8080'), hostPort('shop.example')]).toEqual([8080, null]);
  });
});
