import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serve } from '../serving.ts';

/** One call of a method of wsgi.input; -1 is no argument. */
interface Read {
  readonly how: 'read' | 'readline' | 'readlines' | 'iterate';
  readonly size: number;
}

const application = `
import json
def application(environ, start_response):
    body = environ['wsgi.input']
    got = []
    for how, size in json.loads(environ['HTTP_X_READS']):
        if how == 'iterate':
            lines = list(body)
        elif how == 'readlines':
            lines = body.readlines()
        else:
            lines = [getattr(body, how)(*([] if size < 0 else [size]))]
        got.append([line.decode('latin-1') for line in lines])
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps(got).encode()]
`;

const anyRead: fc.Arbitrary<Read> = fc.record({
  how: fc.constantFrom('read', 'read', 'readline', 'readline', 'readlines', 'iterate'),
  size: fc.oneof(fc.constant(-1), fc.nat({ max: 20 }), fc.nat({ max: 200_000 })),
});
const anyBody = fc
  .array(fc.oneof(fc.string({ unit: fc.constantFrom('a', '\n', 'ÿ'), maxLength: 9 }), fc.nat({ max: 150_000 })), {
    maxLength: 5,
  })
  .map((parts) => parts.map((part) => (typeof part === 'string' ? part : 'x'.repeat(part))).join(''));

/** What a file with this content answers. */
function expected(body: string, reads: readonly Read[]): readonly (readonly string[])[] {
  let rest = body;
  const take = (length: number): string => {
    const taken = rest.slice(0, length);
    rest = rest.slice(length);
    return taken;
  };
  const line = (): string => take(rest.indexOf('\n') + 1 || rest.length);
  return reads.map(({ how, size }) => {
    if (how === 'read') return [take(size < 0 ? rest.length : size)];
    if (how === 'readline') return [take(Math.min(rest.indexOf('\n') + 1 || rest.length, size < 0 ? Infinity : size))];
    const lines: string[] = [];
    while (rest !== '') lines.push(line());
    return lines;
  });
}

describe('wsgi.input', () => {
  it('reads a body as a file, however the client cuts it up, and not a byte of what follows it', async () => {
    await using site = await serve(
      `WSGIChunkedRequest On\nWSGIDaemonProcess shop threads=1\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`,
      { 'app.wsgi': application },
    );
    const port = site.gateway.ports.get(8080) ?? 0;
    await fc.assert(
      fc.asyncProperty(
        anyBody,
        fc.array(anyRead, { maxLength: 6 }),
        fc.array(fc.nat({ max: 80_000 }), { maxLength: 6 }),
        fc.boolean(),
        async (body, reads, cuts, isChunked) => {
          const pieces = cut(body, cuts);
          const client = connect(port, '127.0.0.1');
          try {
            const fields = `Host: localhost:8080\r\nX-Reads: ${JSON.stringify(reads.map(({ how, size }) => [how, size]))}\r\n`;
            const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
            client.write(`POST / HTTP/1.1\r\n${fields}${length}\r\n\r\n`);
            for (const piece of pieces) client.write(isChunked ? chunk(piece) : Buffer.from(piece, 'latin1'));
            // The next request follows at once, and ends the conversation.
            client.write(`${isChunked ? '0\r\n\r\n' : ''}GET /next HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`);
            const answers = bodiesIn(await everything(client));
            expect(answers.map((answer) => JSON.parse(answer))).toEqual([expected(body, reads), expected('', reads)]);
          } finally {
            client.destroy();
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

function cut(body: string, lengths: readonly number[]): readonly string[] {
  const pieces: string[] = [];
  let rest = body;
  for (const length of [...lengths, body.length]) {
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return pieces.filter((piece) => piece !== '');
}

const chunk = (piece: string): Buffer =>
  Buffer.concat([
    Buffer.from(`${piece.length.toString(16)};name=value\r\n`),
    Buffer.from(piece, 'latin1'),
    Buffer.from('\r\n'),
  ]);

async function everything(client: ReturnType<typeof connect>): Promise<string> {
  const blocks: Buffer[] = [];
  client.on('data', (block: Buffer) => blocks.push(block));
  await once(client, 'end');
  return Buffer.concat(blocks).toString();
}

/** The bodies of responses that each have a Content-Length. */
function bodiesIn(text: string): readonly string[] {
  const bodies: string[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n') + 4;
    const length = Number(/content-length: (\d+)/i.exec(rest.slice(0, end))?.[1]);
    bodies.push(rest.slice(end, end + length));
    rest = rest.slice(end + length);
  }
  return bodies;
}
