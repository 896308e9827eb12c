import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHead, encodeFrame, FrameReader } from './frames.ts';

const anyFrame = fc.record({ kind: fc.constantFrom('H', 'B', 'E', 'W'), payload: fc.uint8Array({ maxLength: 300 }) });

describe('frames between the gateway and a Python thread', () => {
  it('arrive whole and in order however the stream is cut', () =>
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.nat({ max: 40 })), (frames, cuts) => {
        const stream = Buffer.concat(frames.map(({ kind, payload }) => encodeFrame(kind, payload)));
        const reader = new FrameReader();
        const read: { kind: string; payload: number[] }[] = [];
        let rest = stream;
        for (const cut of [...cuts, stream.length]) {
          reader.read(rest.subarray(0, cut), (kind, payload) =>
            read.push({ kind: String.fromCharCode(kind), payload: [...payload] }),
          );
          rest = rest.subarray(cut);
        }
        expect(read).toEqual(frames.map(({ kind, payload }) => ({ kind, payload: [...payload] })));
      }),
    ));

  it('carry a head as status, reason and headers in turn', () => {
    const head = Buffer.from('404 Not Found\0Content-Type\0text/plain\0Set-Cookie\0a=1\0Set-Cookie\0b=2', 'latin1');
    expect(decodeHead(head)).toEqual({
      status: 404,
      reason: 'Not Found',
      headers: ['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
    });
  });
});
