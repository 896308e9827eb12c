/**
 * Reads a response of HTTP/1 from the bytes of a connection and keeps what an ordinary client hides: the status line as it
 * came, interim responses, what tells where the body ends, and what came behind that.
 */
import { bodyShown, headerOf, type Received, type ResponseEnd } from '../../spec/programs.ts';

export class ResponseReader {
  /** An interim response 100 came. */
  hasContinued = false;
  #pending = Buffer.alloc(0);
  #head: Head | null = null;
  #body = Buffer.alloc(0);
  #bodyLength = 0;
  #beyond = 0;
  /** Bytes of the body, or of its chunk, that are still to come; null where that is not known yet. */
  #missing: number | null = null;
  #isComplete = false;
  /** The last chunk was announced. */
  #isTrailing = false;

  /** Bytes of the body so far, without what encodes the transfer. */
  get bodyLength(): number {
    return this.#bodyLength;
  }

  /** The headers are there. */
  get hasBegun(): boolean {
    return this.#head !== null;
  }

  /** Everything is there that the headers announce; never where only the end of the connection tells. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  push(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#step());
  }

  /** What was received, when no more is read. @param continued - See {@link Received.continued}. */
  received(how: ResponseEnd, continued: boolean | null): Received {
    const { statusLine, headers, endsBy } = this.#head ?? { statusLine: null, headers: [], endsBy: 'close' as const };
    const ended = this.#isComplete || (endsBy === 'close' && how === 'cut' && this.#head !== null);
    return {
      statusLine,
      status: statusOf(statusLine),
      headers,
      endsBy,
      body: this.#body.toString('latin1'),
      bodyLength: this.#bodyLength,
      beyond: this.#beyond,
      continued,
      end: ended ? 'complete' : how,
    };
  }

  /** @returns whether more can be read from what is pending. */
  #step(): boolean {
    if (this.#head === null) return this.#readHead();
    if (this.#isComplete) {
      this.#beyond += this.#pending.length;
      this.#pending = Buffer.alloc(0);
      return false;
    }
    if (this.#missing === null) return this.#readLine();
    return this.#readBody();
  }

  #readHead(): boolean {
    // No status line: whatever comes is all there is, as in HTTP/0.9.
    if (this.#pending.length >= 5 && this.#pending.toString('latin1', 0, 5) !== 'HTTP/') {
      this.#begin({ statusLine: null, headers: [], endsBy: 'close' });
      return true;
    }
    const end = /\r?\n\r?\n/.exec(this.#pending.toString('latin1'));
    if (!end) return false;
    const [statusLine = '', ...lines] = this.#pending.toString('latin1', 0, end.index).split(/\r?\n/);
    this.#pending = this.#pending.subarray(end.index + end[0].length);
    const status = statusOf(statusLine);
    if (status !== null && status < 200) {
      this.hasContinued ||= status === 100;
      return true;
    }
    const headers = lines.map(asHeader);
    this.#begin({ statusLine, headers, endsBy: endOf(headers, status) });
    return true;
  }

  #begin(head: Head): void {
    this.#head = head;
    const length = Number(headerOf(head.headers, 'content-length') ?? 0);
    if (head.endsBy === 'chunks') return;
    this.#missing = head.endsBy === 'length' ? length : Number.POSITIVE_INFINITY;
    this.#isComplete = this.#missing === 0;
  }

  /** A line between chunks, or of the trailer, which an empty line ends. */
  #readLine(): boolean {
    const end = this.#pending.indexOf('\n');
    if (end < 0) return false;
    const line = this.#pending.toString('latin1', 0, end).trim();
    this.#pending = this.#pending.subarray(end + 1);
    if (this.#isTrailing) this.#isComplete = line === '';
    else if (line !== '') {
      const size = Number.parseInt(line, 16);
      this.#isTrailing = size === 0;
      if (size > 0) this.#missing = size;
    }
    return true;
  }

  #readBody(): boolean {
    const missing = this.#missing ?? 0;
    const part = this.#pending.subarray(0, Math.min(missing, this.#pending.length));
    if (part.length === 0) return false;
    this.#pending = this.#pending.subarray(part.length);
    this.#bodyLength += part.length;
    this.#body = Buffer.concat([this.#body, part.subarray(0, bodyShown - this.#body.length)]);
    if (part.length < missing) this.#missing = missing - part.length;
    else if (this.#head?.endsBy === 'chunks') this.#missing = null;
    else this.#isComplete = true;
    return true;
  }
}

type Head = Pick<Received, 'statusLine' | 'headers' | 'endsBy'>;

/** Source: RFC 9112, section 4: a status code is three digits. */
const statusOf = (statusLine: string | null): number | null => {
  const digits = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
};

function asHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
}

/** Source: RFC 9112, section 6.3. */
function endOf(headers: Received['headers'], status: number | null): Received['endsBy'] {
  if (status === 204 || status === 304) return 'length';
  if (/\bchunked$/i.test(headerOf(headers, 'transfer-encoding') ?? '')) return 'chunks';
  return headerOf(headers, 'content-length') === undefined ? 'close' : 'length';
}
