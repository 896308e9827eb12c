/** URL paths as text, so that they can be compared with what a configuration says, and back as WSGI wants them. */
import { isUtf8 } from 'node:buffer';
import { asLatin1 } from '../dispatch/frames.ts';

/**
 * The text that a decoded path stands for: its UTF-8. What is no UTF-8 becomes lone surrogates, which no configuration
 * holds, as Python's `surrogateescape` does.
 * @param path - One character per byte.
 */
export function textOf(path: string): string {
  if (isAscii(path)) return path;
  const bytes = Buffer.from(path, 'latin1');
  if (isUtf8(bytes)) return bytes.toString();
  return path.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)));
}

/** One character per byte again. */
export function bytesOf(text: string): string {
  if (isAscii(text)) return text;
  if (!/[\udc80-\udcff]/u.test(text)) return asLatin1(text);
  return text.replace(/[\udc80-\udcff]/gu, (byte) => String.fromCharCode(byte.charCodeAt(0) - 0xdc00));
}

const isAscii = (text: string): boolean => !/\P{ASCII}/u.test(text);
