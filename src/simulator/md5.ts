/** MD5 without a platform, for names that servers derive from it; never for safety. Source: RFC 1321. */

/** Rotations per round, four each. */
const rotations = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21] as const;
const sines = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);

/** The digest of a text's UTF-8 bytes, as 32 lower-case hexadecimal digits. */
export function md5(text: string): string {
  const words = padded(new TextEncoder().encode(text));
  let state: State = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let block = 0; block < words.length; block += 16) state = withBlock(state, words.subarray(block, block + 16));
  const bytes = new DataView(new ArrayBuffer(16));
  for (const [index, word] of state.entries()) bytes.setInt32(index * 4, word, true);
  return Array.from({ length: 16 }, (_, i) => bytes.getUint8(i).toString(16).padStart(2, '0')).join('');
}

type State = readonly [number, number, number, number];

/** The message in little-endian words: a 1 bit, zeros, and its length in bits complete the last block. */
function padded(message: Uint8Array): Int32Array {
  const view = new DataView(new ArrayBuffer(((message.length + 72) >> 6) * 64));
  for (const [index, byte] of message.entries()) view.setUint8(index, byte);
  view.setUint8(message.length, 0x80);
  view.setUint32(view.byteLength - 8, message.length * 8, true);
  return Int32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getInt32(i * 4, true));
}

function withBlock([a0, b0, c0, d0]: State, block: Int32Array): State {
  let [a, b, c, d] = [a0, b0, c0, d0];
  for (let i = 0; i < 64; i++) {
    const { mixed, word } = step(i, b, c, d);
    const sum = (a + mixed + (sines[i] ?? 0) + (block[word] ?? 0)) | 0;
    const turn = rotations[(i >> 4) * 4 + (i % 4)] ?? 0;
    [a, b, c, d] = [d, (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0, b, c];
  }
  return [(a0 + a) | 0, (b0 + b) | 0, (c0 + c) | 0, (d0 + d) | 0];
}

/** The round's function of three words, and which word of the block it takes. */
function step(i: number, b: number, c: number, d: number): { readonly mixed: number; readonly word: number } {
  if (i < 16) return { mixed: (b & c) | (~b & d), word: i };
  if (i < 32) return { mixed: (d & b) | (~d & c), word: (5 * i + 1) % 16 };
  if (i < 48) return { mixed: b ^ c ^ d, word: (3 * i + 5) % 16 };
  return { mixed: c ^ (b | ~d), word: (7 * i) % 16 };
}
