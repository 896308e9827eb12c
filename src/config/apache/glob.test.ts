import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIpv4, isIpv6, parseAddress } from './addresses.ts';
import { globMatches, isGlob } from './glob.ts';
import { mergePath } from './paths.ts';

const name = fc.stringMatching(/^[a-z0-9_]{1,8}$/);

describe('A name with wildcards', () => {
  it('matches every name it was made from by leaving characters open', () =>
    fc.assert(
      fc.property(name, fc.array(fc.nat(8)), (text, open) => {
        const holes = [...text].map((character, index) => (open.includes(index) ? '?' : character)).join('');
        expect(globMatches(holes, text)).toBe(true);
        expect(globMatches(holes.replace(/\?+/g, '*'), text)).toBe(true);
      }),
    ));

  it('without wildcards matches itself only', () =>
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(isGlob(a)).toBe(false);
        expect(globMatches(a, b)).toBe(a === b);
      }),
    ));

  it.each([
    ['*.conf', 'a.conf', true],
    ['*.conf', '.a.conf', false],
    ['*.conf', 'a.conf.bak', false],
    ['[a-c]*', 'bob', true],
    ['[!a-c]*', 'bob', false],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['a[', 'a[', true],
  ])('%s and %s: %s', (glob, text, expected) => expect(globMatches(glob, text)).toBe(expected));
});

describe('A path', () => {
  it('is absolute and without detours after merging', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', '.', '..', '', '/')), (parts) => {
        const path = mergePath('/root', parts.join('/'));
        expect(path).toMatch(/^\/(?!\/)/);
        expect(path).not.toMatch(/\/\/|\/\.\.?(?:\/|$)/);
        expect(mergePath('/other', path)).toBe(path);
      }),
    ));
});

describe('An address', () => {
  it('comes apart into host and port', () =>
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.domain(), fc.constant('*')),
        fc.integer({ min: 1, max: 65_535 }),
        (host, port) => {
          expect(parseAddress(`${host}:${port}`)).toEqual({ host, port });
          expect(parseAddress(host)).toEqual({ host, port: null });
          expect(parseAddress(String(port))).toEqual({ host: null, port });
        },
      ),
    ));

  it('of version 6 stands in brackets', () =>
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(isIpv6(address)).toBe(true);
        expect(parseAddress(`[${address}]:80`)).toEqual({ host: address, port: 80 });
      }),
    ));

  it.each(['', ':80', 'a:0', 'a:65536', '[::1', '[::1]x', '[::g]', '0', '65536', '[]:1'])('is not %j', (text) =>
    expect(parseAddress(text)).toBeNull(),
  );

  it('of version 4 may leave out parts, as inet_aton allows', () => {
    expect(['1.2.3.4', '127.1', '1.2.65535', '256'].map(isIpv4)).toEqual([true, true, true, true]);
    expect(['256.1', '1.2.3.256', 'a', '1.2.3.4.5', ''].map(isIpv4)).toEqual([false, false, false, false, false]);
  });
});
