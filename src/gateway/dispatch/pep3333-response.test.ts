import { request } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serve } from '../serving.ts';

/** What an application does, in the order it does it. */
type Deed =
  | { readonly do: 'start'; readonly name: string; readonly length: number | null }
  | { readonly do: 'replace'; readonly name: string; readonly length: number | null }
  | { readonly do: 'write'; readonly block: string }
  | { readonly do: 'raise' };
type Step = Deed | { readonly do: 'yield'; readonly block: string };

interface Program {
  readonly method: 'GET' | 'HEAD';
  /** Done before the application returns. */
  readonly called: readonly Deed[];
  /** Done while its response is iterated; null is a list of all blocks. */
  readonly iterated: readonly Step[];
  readonly returns: 'generator' | 'list';
}

interface Outcome {
  readonly status: number;
  readonly head: string | null;
  readonly body: string;
  readonly isComplete: boolean;
}

const application = `
import json, sys, urllib.parse
closed = {}
class Closing:
    def __init__(self, key, blocks):
        self.key, self.blocks = key, blocks
        closed[key] = 0
    def __iter__(self):
        return self.blocks
    def close(self):
        closed[self.key] += 1
def application(environ, start_response):
    text = environ['wsgi.input'].read().decode()
    if not text:
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [json.dumps(closed).encode()]
    program = json.loads(text)
    state = {}
    def head(step):
        length = [] if step['length'] is None else [('Content-Length', str(step['length']))]
        return [('Content-Type', 'text/plain'), ('X-Head', step['name'])] + length
    def perform(step):
        if step['do'] == 'start':
            state['write'] = start_response('200 OK', head(step))
        elif step['do'] == 'replace':
            try:
                raise ValueError('replaced')
            except ValueError:
                state['write'] = start_response('202 Accepted', head(step), sys.exc_info())
        elif step['do'] == 'write':
            state['write'](step['block'].encode())
        else:
            raise RuntimeError('as told')
    for step in program['called']:
        perform(step)
    if program['returns'] == 'list':
        return [step['block'].encode() for step in program['iterated'] if step['do'] == 'yield']
    def blocks():
        for step in program['iterated']:
            if step['do'] == 'yield':
                yield step['block'].encode()
            else:
                perform(step)
    return Closing(environ['HTTP_X_KEY'], blocks())
`;

const anyBlock = fc.oneof(fc.constant(''), fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 }));
const anyHead = { name: fc.constantFrom('one', 'two'), length: fc.option(fc.nat({ max: 9 })) };
const anyStart = fc.record({ do: fc.constant('start' as const), ...anyHead });
const anyDeed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), block: anyBlock }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), ...anyHead }) },
  { weight: 1, arbitrary: fc.oneof(anyStart, fc.constant({ do: 'raise' } as const)) },
);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('yield' as const), block: anyBlock }) },
  { weight: 1, arbitrary: anyDeed },
);
const anyProgram: fc.Arbitrary<Program> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'HEAD'),
  // Most applications start; some forget, or start late.
  called: fc
    .tuple(fc.option(anyStart, { freq: 6 }), fc.array(anyDeed, { maxLength: 3 }))
    .map(([start, deeds]) => (start ? [start, ...deeds] : deeds.filter(({ do: deed }) => deed !== 'write'))),
  iterated: fc.oneof(
    fc.array(anyStep, { maxLength: 5 }),
    fc.tuple(anyStart, fc.array(anyStep, { maxLength: 4 })).map(([start, steps]): Step[] => [start, ...steps]),
  ),
  returns: fc.constantFrom('generator', 'generator', 'list'),
});

/** PEP 3333 as a function: what the client of a program gets. */
function expected({ method, called, iterated, returns }: Program): Outcome {
  let head: { name: string; status: number; length: number | null } | null = null;
  let isSent = false;
  let body = '';
  const send = (block: string): 'more' | 'enough' => {
    if (block === '') return 'more';
    if (head === null) throw new Error('no head');
    if (method === 'HEAD') return 'enough';
    const room = head.length === null ? block.length : head.length - body.length;
    body += block.slice(0, room);
    isSent ||= room > 0;
    return block.length > room ? 'enough' : 'more';
  };
  const perform = (step: Deed): void => {
    if (step.do === 'raise') throw new Error('as told');
    if (step.do === 'write') {
      // Without a start there is no write() to call.
      if (head === null) throw new Error('no write');
      send(step.block);
      return;
    }
    if (step.do === 'start' ? head !== null : isSent) throw new Error('too late');
    head = { name: step.name, status: step.do === 'start' ? 200 : 202, length: step.length };
  };
  try {
    for (const step of called) perform(step);
    const steps = returns === 'list' ? iterated.filter(({ do: deed }) => deed === 'yield') : iterated;
    for (const step of steps)
      if (step.do !== 'yield') perform(step);
      else if (send(step.block) === 'enough') break;
    if (head === null) throw new Error('never started');
  } catch {
    if (!isSent) return { status: 500, head: null, body: '', isComplete: true };
    return { ...headOf(head), body, isComplete: body.length === lengthOf(head) };
  }
  const length = lengthOf(head);
  return { ...headOf(head), body, isComplete: method === 'HEAD' || length === null || body.length === length };
}

const headOf = (head: { name: string; status: number } | null): { status: number; head: string | null } => ({
  status: head?.status ?? 0,
  head: head?.name ?? null,
});

const lengthOf = (head: { length: number | null } | null): number | null => head?.length ?? null;

const run = (port: number, program: Program, key: string): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const text = JSON.stringify(program);
    const headers = { 'Content-Length': text.length, 'X-Key': key };
    const asked = request({ host: '127.0.0.1', port, method: program.method, agent: false, headers }, (response) => {
      const { statusCode: status = 0, headers } = response;
      let body = '';
      response.on('data', (block: Buffer) => {
        body += block.toString();
      });
      response.on('error', () => {}); // It is incomplete, and says so.
      response.on('close', () =>
        resolve({
          status,
          head: (headers['x-head'] as string | undefined) ?? null,
          body: status === 500 ? '' : body,
          isComplete: response.complete,
        }),
      );
    });
    asked.on('error', reject);
    asked.end(text);
  });

describe('a response', () => {
  it('is what PEP 3333 makes of the calls, writes and blocks of the application, and is closed once', async () => {
    const one = 'WSGIDaemonProcess shop threads=1\n';
    await using site = await serve(`${one}WSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`, {
      'app.wsgi': application,
    });
    const port = site.gateway.ports.get(8080) ?? 0;
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(anyProgram, async (program) => {
        const key = String(++runs);
        expect(await run(port, program, key)).toEqual(expected(program));
      }),
      { numRuns: 300 },
    );
    const closed = JSON.parse((await site.ask('/')).body) as Record<string, number>;
    expect(Object.keys(closed).length).toBeGreaterThan(50);
    expect(new Set(Object.values(closed))).toEqual(new Set([1]));
  });
});
