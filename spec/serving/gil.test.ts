import { describe, expect, it } from 'vitest';
import { type GilDirective, gilOf } from './gil.ts';

const own = (on: boolean, within: GilDirective['within'] = null): GilDirective => ({
  directive: 'WSGIPerInterpreterGIL',
  on,
  within,
});
const free = (on: boolean, within: GilDirective['within'] = null): GilDirective => ({
  directive: 'WSGIFreeThreading',
  on,
  within,
});
const of = (processGroup: string | null, applicationGroup: string | null = null) => ({
  processGroup,
  applicationGroup,
});

describe('The lock of an interpreter', () => {
  it('is that of its process unless the configuration says so', () => expect(gilOf([], 'shop', 'a')).toBe('shared'));

  it('is its own where that is on, but never for the main interpreter', () => {
    expect(gilOf([own(true)], 'shop', 'a')).toBe('own');
    expect(gilOf([own(true), own(true, of(null, ''))], 'shop', '')).toBe('shared');
  });

  it('follows the section that names most, and of equals the last', () => {
    expect(gilOf([own(true, of('shop', 'a')), own(false), own(false, of('shop'))], 'shop', 'a')).toBe('own');
    expect(gilOf([own(true, of('shop')), own(false, of(null, 'a'))], 'shop', 'a')).toBe('shared');
    expect(gilOf([own(true, of(null)), own(false)], 'shop', 'a')).toBe('own');
    expect(gilOf([own(true, of('blog'))], 'shop', 'a')).toBe('shared');
  });

  it('is none in a process without one, and what is said of a single application group does not count', () => {
    expect(gilOf([own(true), free(true)], 'shop', 'a')).toBe('none');
    expect(gilOf([free(true, of(''))], 'shop', '')).toBe('shared');
    expect(gilOf([free(true, of(''))], '', '')).toBe('none');
    expect(gilOf([own(true), free(true, of('shop', 'a'))], 'shop', 'a')).toBe('own');
  });
});
