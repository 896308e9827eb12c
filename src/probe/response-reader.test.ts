import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyShown, type Received } from '../../spec/programs.ts';
import { ResponseReader } from './response-reader.ts';

/** Reads it in pieces of these lengths, the last one again and again. */
function read(text: string, pieces: readonly number[] = [text.length || 1], how: Received['end'] = 'cut'): Received {
  const reader = new ResponseReader();
  let at = 0;
  for (let turn = 0; at < text.length; turn++) {
    const length = pieces[Math.min(turn, pieces.length - 1)] ?? 1;
    reader.push(Buffer.from(text.slice(at, at + length), 'latin1'));
    at += length;
  }
  return reader.received(how, null);
}

const anyBody = fc.string({ maxLength: 40 }).map((text) => Buffer.from(text).toString('latin1'));
const chunked = (parts: readonly string[]): string =>
  [...parts.filter((part) => part !== ''), ''].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
const anyResponse = fc.oneof(
  anyBody.map((body) => ({ body, text: `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}` })),
  anyBody.map((body) => ({ body, text: `HTTP/1.0 200 OK\r\nServer: x\r\n\r\n${body}` })),
  fc.array(anyBody).map((parts) => ({
    body: parts.join(''),
    text: `HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n${chunked(parts)}`,
  })),
);

describe('a reader of responses', () => {
  it('finds the same response in whatever pieces it comes', () =>
    fc.assert(
      fc.property(anyResponse, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), ({ body, text }, pieces) => {
        expect(read(text, pieces)).toEqual(read(text));
        expect(read(text)).toMatchObject({ status: 200, bodyLength: body.length, beyond: 0, end: 'complete' });
        expect(read(text).body).toBe(body.slice(0, bodyShown));
      }),
    ));

  it('calls cut whatever lacks its end, where the headers tell the end', () =>
    fc.assert(
      fc.property(anyResponse, fc.nat(), ({ text }, at) => {
        const { endsBy, end } = read(text.slice(0, at % text.length));
        expect(endsBy === 'close' ? 'cut or complete' : end).toBe(endsBy === 'close' ? 'cut or complete' : 'cut');
      }),
    ));

  it('takes interim responses for what they are', () => {
    const reader = new ResponseReader();
    reader.push(Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'));
    expect([reader.hasContinued, reader.hasBegun]).toEqual([true, false]);
    reader.push(Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'));
    expect([reader.hasBegun, reader.isComplete]).toEqual([true, true]);
  });

  it.each([
    ['bytes behind its end', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef', { body: 'abc', beyond: 3 }],
    ['a body without a head', 'bare body', { statusLine: null, status: null, body: 'bare body', endsBy: 'close' }],
    ['a status that is none', 'HTTP/1.1 None\r\n\r\n', { statusLine: 'HTTP/1.1 None', status: null }],
    ['nothing at all', '', { statusLine: null, bodyLength: 0, end: 'cut' }],
  ])('tells of %s', (_, text, received) => {
    expect(read(text)).toMatchObject(received);
  });

  it('tells that nothing more came of a response without a known end, where it was not closed', () => {
    expect(read('HTTP/1.1 200 OK\r\n\r\nabc', undefined, 'silence')).toMatchObject({ body: 'abc', end: 'silence' });
  });
});
