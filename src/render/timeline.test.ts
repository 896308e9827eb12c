import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endings, type Happening, type Mark, type Observation, type Trace } from '../../spec/trace.ts';
import { type Millis, processId, requestId } from '../../spec/vocabulary.ts';
import { ansi } from './palette.ts';
import { timeline } from './timeline.ts';

/** A trace of what happens, each so many ms after the one before. */
const traceOf = (events: readonly (readonly [pause: number, happening: Happening])[]): Trace => {
  let at = 0;
  return events.map(([pause, happening], index) => {
    at += pause;
    return { seq: index + 1, at: at as Millis, ...happening };
  });
};

const shop = (serial: number) => processId('shop', serial);
const [r1, r2] = [requestId(1), requestId(2)];
const to = { host: 'localhost', port: 80, path: '/shop' };
const sent = (request = r1): Happening => ({ kind: 'request.sent', request, to, method: 'GET' });
const spawned = (process = shop(1), processGroup = 'shop'): Happening => ({
  kind: 'process.spawned',
  process,
  processGroup,
  pid: 7,
});

/** Any events in any order: a picture must not fail because a world forgot one. */
const anyTrace: fc.Arbitrary<Trace> = fc
  .array(
    fc.tuple(
      fc.nat(3_000),
      fc
        .record({
          group: fc.constantFrom('', 'shop', 'a-group-with-a-long-name', 'x'),
          serial: fc.integer({ min: 1, max: 9 }),
          request: fc.integer({ min: 1, max: 5 }),
        })
        .chain(({ group, serial, request }) => {
          const process = processId(group, serial);
          const id = requestId(request);
          const because = endings[serial] ?? 'crash';
          const script = '/srv/some/where/deep/in/the/tree/shop.wsgi';
          return fc.constantFrom<Happening>(
            spawned(process, group),
            { kind: 'process.ready', process },
            { kind: 'process.draining', process, because },
            { kind: 'process.stopping', process, because },
            { kind: 'process.exited', process, because, exit: { kind: 'killed', by: 'SIGKILL' } },
            { kind: 'interpreter.created', process, applicationGroup: 'localhost|/shop' },
            { kind: 'application.loaded', process, applicationGroup: '', script },
            { kind: 'application.failed', process, applicationGroup: '', script, error: 'SyntaxError' },
            sent(id),
            { kind: 'request.queued', request: id, processGroup: group },
            { kind: 'request.accepted', request: id, process },
            { kind: 'request.replayed', request: id, process },
            { kind: 'request.finished', request: id, status: 200 },
            { kind: 'request.failed', request: id, reason: 'process-lost' },
            { kind: 'act.performed', act: { kind: 'touch', script } },
          );
        }),
    ),
    { maxLength: 60 },
  )
  .map(traceOf);
const width = fc.integer({ min: 50, max: 160 });
/** The escapes that set a colour. */
const colours = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

describe('a timeline', () => {
  it('fits its width, whatever happened, and ends no line with white space', () => {
    fc.assert(
      fc.property(anyTrace, width, (trace, columns) => {
        for (const line of timeline(trace, { width: columns }).split('\n')) {
          expect([...line].length).toBeLessThanOrEqual(columns);
          expect(line).toBe(line.trimEnd());
        }
      }),
    );
  });

  it('is the same with colours and without, but for the colours', () => {
    fc.assert(
      fc.property(anyTrace, width, (trace, columns) => {
        const coloured = timeline(trace, { width: columns, palette: ansi }).replace(colours, '');
        expect(coloured.split('\n').map((line) => line.trimEnd())).toEqual(
          timeline(trace, { width: columns }).split('\n'),
        );
      }),
    );
  });

  it('tells every outcome of every request once', () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        const text = timeline(trace, { width: 160 });
        const outcomes = trace.filter(({ kind }) => kind === 'request.finished' || kind === 'request.failed');
        expect(text.match(/ (200|lost: process-lost)( after .*)?$/gm) ?? []).toHaveLength(outcomes.length);
      }),
    );
  });

  it('draws a lane for each process and lets a replacement go on in it', () => {
    const trace = traceOf([
      [3, spawned()],
      [0, spawned(processId('', 1), '')],
      [20, { kind: 'process.ready', process: shop(1) }],
      [0, sent()],
      [0, { kind: 'request.accepted', request: r1, process: shop(1) }],
      [5, sent(r2)],
      [0, { kind: 'request.accepted', request: r2, process: shop(1) }],
      [5, { kind: 'request.finished', request: r1, status: 200 }],
      [0, { kind: 'act.performed', act: { kind: 'signal', signal: 'SIGTERM', processOf: r1 } }],
      [0, { kind: 'process.stopping', process: shop(1), because: 'signal' }],
      [5_000, { kind: 'request.finished', request: r2, status: 500 }],
      [0, { kind: 'process.exited', process: shop(1), because: 'signal', exit: { kind: 'returned', code: 255 } }],
      [2, spawned(shop(2))],
      [31, { kind: 'process.ready', process: shop(2) }],
    ]);
    expect(timeline(trace, { width: 72 })).toBe(
      `
seconds  shop
  0.003  ○     shop#1 started
  0.023  ●     shop#1 ready
         ▶     r1 GET /shop → shop#1
  0.028  ▶     r2 GET /shop → shop#1
  0.033  ◀     r1 200 after 10 ms
         ┃     SIGTERM to the process of r1
         ◆     shop#1 stopping: signal
      ⋮  ┃     5.00 s later
  5.033  ◀     r2 500 after 5.00 s
         ✕     shop#1 gone, exit code 255
  5.035  ○     shop#2 started
  5.066  ●     shop#2 ready

○ started   ● ready   ▶ took a request   ◀ done with it   ◆ stopping
✕ gone   ┃ a request inside   2 … requests inside
without a request: embedded#1`.trimStart(),
    );
  });

  it('draws a server that is seen only from outside by the processes its requests observed', () => {
    const seen = (pid: number, processGroup: string): Observation => ({
      process: `${pid}@1` as Mark,
      pid,
      thread: 't' as Mark,
      interpreter: 'i' as Mark,
      scriptGlobals: 'g' as Mark,
      importedModule: 'm' as Mark,
      loadedBy: `${pid}@1` as Mark,
      scriptCount: 1,
      moduleCount: 1,
      threadCount: 1,
      inside: 1,
      processGroup,
      applicationGroup: '',
      multithread: true,
      multiprocess: false,
      runOnce: false,
      scriptName: '/shop',
      pathInfo: '',
      moduleName: '_mod_wsgi_0',
      maximumProcesses: 1,
      threadsPerProcess: 15,
      title: null,
      workingDirectory: '/',
      restrictsStdin: false,
      restrictsStdout: false,
      bodyLength: null,
      registration: null,
      ticks: null,
      hasCredentials: false,
      given: {
        umask: null,
        lang: null,
        locale: null,
        modulePath: [],
        pythonPrefix: '/usr',
        startedBy: 0,
        account: { user: { id: 0, name: 'root' }, group: { id: 0, name: 'root' }, groups: [] },
        priority: 0,
        dataLimit: null,
        addressSpaceLimit: null,
      },
    });
    const trace = traceOf([
      [0, sent()],
      [30, { kind: 'observation', request: r1, seen: seen(4711, 'shop') }],
      [1, { kind: 'request.finished', request: r1, status: 200 }],
      [0, sent(r2)],
      [9, { kind: 'observation', request: r2, seen: seen(4712, '') }],
      [0, { kind: 'request.failed', request: r2, reason: 'ECONNRESET' }],
    ]);
    expect(timeline(trace).split('\n').slice(0, 5)).toEqual([
      'seconds  shop  embedded',
      '  0.000  ▶               r1 GET /shop → pid 4711',
      '  0.031  ◀               r1 200 after 31 ms',
      '         │     ▶         r2 GET /shop → pid 4712',
      '  0.040  │     ◀         r2 lost: ECONNRESET after 9 ms',
    ]);
  });

  it('of nothing says so by being empty below its head', () => {
    expect(timeline([])).toBe('seconds');
  });
});
