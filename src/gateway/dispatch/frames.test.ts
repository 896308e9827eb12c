import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHead, encodeFrame, FrameReader } from './frames.ts';

const anyFrame = fc.record({ kind: fc.constantFrom('H', 'B', 'E', 'W'), payload: fc.uint8Array({ maxLength: 300 }) });

interface Piece {
  readonly kind: string;
  readonly payload: readonly number[];
}

/** Neighbouring pieces of a body as one: where they were cut says nothing. */
const joined = (pieces: readonly Piece[]): readonly Piece[] =>
  pieces.reduce<Piece[]>((all, piece) => {
    const last = all.at(-1);
    if (piece.kind !== 'B') all.push(piece);
    else if (last?.kind === 'B') all.splice(-1, 1, { kind: 'B', payload: [...last.payload, ...piece.payload] });
    else if (piece.payload.length > 0) all.push(piece);
    return all;
  }, []);

describe('frames between the gateway and a Python thread', () => {
  it('arrive whole and in order however the stream is cut', () =>
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.nat({ max: 40 })), (frames, cuts) => {
        const stream = Buffer.concat(frames.map(({ kind, payload }) => encodeFrame(kind, payload)));
        const reader = new FrameReader();
        const pieces: { kind: string; payload: number[] }[] = [];
        let rest = stream;
        for (const cut of [...cuts, stream.length]) {
          // Read into memory that is used again.
          const memory = Buffer.from(rest.subarray(0, cut));
          const isKept = reader.read(memory, (kind, payload) => {
            pieces.push({ kind: String.fromCharCode(kind), payload: [...payload] });
            return false;
          });
          memory.fill(0);
          expect(isKept).toBe(false);
          rest = rest.subarray(cut);
        }
        expect(joined(pieces)).toEqual(joined(frames.map(({ kind, payload }) => ({ kind, payload: [...payload] }))));
      }),
    ));

  it('keep nothing of a body: each piece is passed on as it comes', () => {
    const reader = new FrameReader();
    const pieces: string[] = [];
    const stream = encodeFrame('B', Buffer.from('abcdef'));
    for (const at of [0, 7, 9]) {
      const isKept = reader.read(stream.subarray(at, at === 0 ? 7 : at === 7 ? 9 : undefined), (_, piece) => {
        pieces.push(piece.toString());
        return true;
      });
      expect(isKept).toBe(true);
    }
    expect(pieces).toEqual(['ab', 'cd', 'ef']);
  });

  it('are not waited for where none can be', () => {
    const head = Buffer.from([0xff, 0xff, 0xff, 0xff, 'H'.charCodeAt(0)]);
    expect(() => new FrameReader().read(head, () => false)).toThrow('4294967295 bytes');
  });

  it('carry a head as status, reason and headers in turn', () => {
    const head = Buffer.from('404 Not Found\0Content-Type\0text/plain\0Set-Cookie\0a=1\0Set-Cookie\0b=2', 'latin1');
    expect(decodeHead(head)).toEqual({
      status: 404,
      reason: 'Not Found',
      headers: ['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
    });
  });
});
