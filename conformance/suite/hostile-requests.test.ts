import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Serving, serve } from '../../src/gateway/serving.ts';
import { type HostileRequest, hostileRequests } from '../corpus/hostile-requests.ts';

/** Writes down each request before and after it has read the body; one thread, so in order. */
const notebook = `
import json
def note(*words):
    with open(__file__ + '.notes', 'a') as notes:
        notes.write(json.dumps(words) + '\\n')
def application(environ, start_response):
    asked = environ['REQUEST_METHOD'] + ' ' + environ['SCRIPT_NAME'] + environ['PATH_INFO']
    note('begun', asked, sorted(environ))
    body = environ['wsgi.input'].read()
    note('whole', asked + ' ' + body.decode('latin-1'))
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'heard']
`;

interface Notes {
  readonly begun: readonly string[];
  /** Requests whose body was read to a good end. */
  readonly whole: readonly string[];
  readonly variables: ReadonlySet<string>;
}

let serving: Serving;
let read = 0;

beforeAll(async () => {
  serving = await serve(
    `WSGIChunkedRequest On
     WSGIDaemonProcess one threads=1
     WSGIScriptAlias / \${here}/notebook.wsgi process-group=one`,
    { 'notebook.wsgi': notebook },
  );
});
afterAll(() => serving[Symbol.asyncDispose]());

/** Sends the bytes and resolves with all that comes back when the connection is closed. */
const send = ({ raw, allowed }: HostileRequest, signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    const blocks: Buffer[] = [];
    const socket = connect({ port: serving.gateway.ports.get(8080) ?? 0, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('data', (block) => blocks.push(block));
    // What is sent to a connection that the server has closed is answered with a reset.
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy());
    signal.addEventListener('abort', () => socket.destroy());
    socket.on('close', () => resolve(Buffer.concat(blocks).toString('latin1')));
    socket.write(Buffer.from(raw, 'latin1'));
    if (allowed.kind === 'body-breaks' && allowed.byClient) socket.end();
  });

/** What the application heard since the last time; asks it once more, so that nothing is still under way. */
async function heard(): Promise<Notes> {
  expect((await serving.ask('/last')).body).toBe('heard');
  const notes = readFileSync(`${serving.file('notebook.wsgi')}.notes`, 'utf8')
    .trimEnd()
    .split('\n');
  const fresh = notes.slice(read).map((line) => JSON.parse(line) as [string, string, string[]?]);
  read = notes.length;
  const others = fresh.filter(([, asked]) => !asked.startsWith('GET /last'));
  return {
    begun: others.flatMap(([when, asked]) => (when === 'begun' ? [asked] : [])),
    whole: others.flatMap(([when, asked]) => (when === 'whole' ? [asked] : [])),
    variables: new Set(others.flatMap(([, , names]) => names ?? [])),
  };
}

const statuses = (answer: string): readonly number[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status)).filter((status) => status >= 200);

describe('A hostile request', () => {
  it.for(hostileRequests)('$family: $name', async (hostile, { signal }) => {
    const answered = statuses(await send(hostile, signal));
    const { begun, whole } = await heard();
    const { allowed } = hostile;
    switch (allowed.kind) {
      case 'refused':
        expect({ begun, tooMany: answered.slice(1) }).toEqual({ begun: [], tooMany: [] });
        expect(answered[0] ?? 400).toBeGreaterThanOrEqual(400);
        break;
      case 'body-breaks':
        expect(whole).toEqual([]);
        expect(begun.filter((asked) => asked !== 'POST /asked')).toEqual([]);
        expect(begun.length).toBeLessThanOrEqual(1);
        expect(answered.filter((status) => status < 400)).toEqual([]);
        break;
      case 'accepted':
        expect(whole).toEqual(allowed.requests);
        expect(begun).toHaveLength(allowed.requests.length);
    }
  });

  it('spoofs no variable that a proxy in front would set', async ({ signal }) => {
    for (const hostile of hostileRequests.filter(({ family }) => family === 'spoofing')) {
      await send(hostile, signal);
      const { variables } = await heard();
      expect(variables.size).toBeGreaterThan(0);
      expect([...variables].filter((name) => /FORWARDED|PROXY|REMOTE_USER/.test(name))).toEqual([]);
    }
  });
});
