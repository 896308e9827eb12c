/** Worlds that break PEP 3333: servers as there are, or as there were. */
import {
  type Program,
  type ProgramCall,
  programs,
  type Received,
  type Telling,
  type Variable,
} from '../../spec/programs.ts';
import { type Moment, soundPerformance } from '../../src/simulator/sound-performance.ts';
import { deciding, everything, type Mutant } from './mutant.ts';
import { oneGroup } from './stages.ts';

/** A server on which this program goes otherwise. */
const otherwise = (
  program: Program,
  breaks: Mutant['breaks'],
  name: string,
  distort: (sound: readonly Moment[]) => readonly Moment[],
): Mutant => ({
  name,
  breaks,
  scenario: everything(oneGroup()),
  run: deciding({
    performs: (asked) => (asked === program ? distort(soundPerformance(asked)) : soundPerformance(asked)),
  }),
});

type Distortion = (sound: readonly Moment[]) => readonly Moment[];

/** What the application tells is another. */
const telling =
  (change: (told: Telling) => Telling | null): Distortion =>
  (sound) =>
    sound.flatMap((moment): readonly Moment[] => {
      if (moment.kind !== 'program.told') return [moment];
      const told = change(moment.told);
      return told === null ? [] : [{ kind: 'program.told', told }];
    });

/** What the client receives is another. */
const receiving =
  (change: Partial<Received>): Distortion =>
  (sound) =>
    sound.map((moment) =>
      moment.kind === 'response.received' ? { ...moment, received: { ...moment.received, ...change } } : moment,
    );

const both =
  (first: Distortion, second: Distortion): Distortion =>
  (sound) =>
    second(first(sound));

/** A call returns, whatever it should do. */
const returning = (call: ProgramCall, shows: string | null = null, is = { callable: true }): Distortion =>
  telling((told) =>
    told.what === 'tried' && told.call === call
      ? {
          ...told,
          outcome: { kind: 'returned', type: 'method', shows, is: { iterable: false, closable: false, ...is } },
        }
      : told,
  );

/** A call raises, whatever it should do. */
const raising = (call: ProgramCall, type: string): Distortion =>
  telling((told) =>
    told.what === 'tried' && told.call === call
      ? { ...told, outcome: { kind: 'raised', type, message: 'not supported', isGiven: false } }
      : told,
  );

const environ = (change: (environ: Extract<Telling, { what: 'environ' }>['environ']) => object): Distortion =>
  telling((told) =>
    told.what === 'environ' ? { ...told, environ: { ...told.environ, ...change(told.environ) } } : told,
  );
const variable = (name: string, change: Partial<Variable>): Distortion =>
  environ(({ variables }) => ({
    variables: { ...variables, [name]: { type: 'str', isEmpty: false, fitsLatin1: true, ...change } },
  }));

const whole = (body: string): Partial<Received> => ({
  statusLine: 'HTTP/1.1 200 OK',
  status: 200,
  body,
  bodyLength: body.length,
  end: 'complete',
});

export const interfaceMutants: readonly Mutant[] = [
  otherwise(
    'describes-environ',
    ['PEP-CALL-01'],
    'passes a subclass of dict',
    environ(() => ({ type: 'server.Environ' })),
  ),
  otherwise('describes-environ', ['PEP-CALL-01'], 'freezes environ', raising('environ[key] = value', 'TypeError')),
  otherwise(
    'describes-environ',
    ['PEP-ENV-01'],
    'leaves the name of the server empty',
    variable('SERVER_NAME', { isEmpty: true }),
  ),
  otherwise('describes-environ', ['PEP-ENV-02'], 'gives a port as a number', variable('SERVER_PORT', { type: 'int' })),
  otherwise(
    'describes-environ',
    ['PEP-ENV-02'],
    'decodes paths as UTF-8',
    variable('PATH_INFO', { fitsLatin1: false }),
  ),
  otherwise(
    'describes-environ',
    ['PEP-ENV-03'],
    'gives its version as a text',
    environ(() => ({ version: "'1.0'" })),
  ),
  otherwise(
    'describes-environ',
    ['PEP-ENV-03'],
    'does not say whether it runs once',
    environ(({ wsgi }) => ({
      wsgi: Object.fromEntries(Object.entries(wsgi).filter(([name]) => name !== 'wsgi.run_once')),
    })),
  ),
  otherwise(
    'describes-environ',
    ['PEP-ENV-04'],
    'names nobody as the user',
    variable('REMOTE_USER', { isEmpty: true }),
  ),
  otherwise('uses-both-streams', ['PEP-IO-01'], 'has no readlines', raising('input.readlines()', 'AttributeError')),
  otherwise('uses-both-streams', ['PEP-IO-01'], 'reads lines without their end', returning('input.readline()', 'rst')),
  otherwise(
    'uses-both-streams',
    ['PEP-IO-01'],
    'has errors that cannot be flushed',
    raising('errors.flush()', 'AttributeError'),
  ),
  otherwise('reads-past-the-end', ['PEP-IO-02'], 'waits at the end of a body', (sound) =>
    receiving({ statusLine: null, status: null, body: '', bodyLength: 0, end: 'silence' })(
      sound.filter(({ kind }, index) => kind === 'response.received' || index === 0),
    ),
  ),
  otherwise(
    'describes-environ',
    ['PEP-START-01'],
    'has no write',
    returning('start_response', null, { callable: false }),
  ),
  otherwise(
    'changes-its-mind-before-output',
    ['PEP-START-01'],
    'sends its headers with an empty block',
    both(
      raising('start_response again', 'ProgramError'),
      receiving({ ...whole(''), headers: [['X-Wsgiscope-First', '1']] }),
    ),
  ),
  otherwise(
    'starts-twice',
    ['PEP-START-02'],
    'takes the last word',
    both(returning('start_response again'), receiving(whole('started twice'))),
  ),
  otherwise(
    'changes-its-mind-after-output',
    ['PEP-START-03'],
    'sends an error page behind half a page',
    both(returning('start_response again'), receiving(whole('block-1;replaced'))),
  ),
  otherwise(
    'starts-while-iterating',
    ['PEP-START-04'],
    'needs its headers before it iterates',
    receiving({ status: 500 }),
  ),
  otherwise(
    'never-starts',
    ['PEP-START-04'],
    'answers for an application that never did',
    receiving(whole('never started')),
  ),
  otherwise(
    'never-starts',
    ['PEP-START-04'],
    'sends a status that is none',
    receiving({ statusLine: 'HTTP/1.1 None', status: null }),
  ),
  otherwise(
    'changes-its-mind-before-output',
    ['PEP-START-05'],
    'adds the headers of an error to those before',
    receiving({
      headers: [
        ['X-Wsgiscope-First', '1'],
        ['X-Wsgiscope-Second', '1'],
      ],
    }),
  ),
  otherwise(
    'changes-its-mind-after-output',
    ['PEP-START-06'],
    'raises an error of its own for one that it is given',
    raising('start_response again', 'OSError'),
  ),
  otherwise(
    'has-a-line-end-in-a-header',
    ['PEP-HDR-01'],
    'sends headers as they are',
    both(returning('start_response'), receiving({ ...whole('sent'), headers: [['X-Wsgiscope-Injected', 'two']] })),
  ),
  otherwise(
    'has-a-header-beyond-latin-1',
    ['PEP-HDR-01'],
    'notices bad headers when it sends them',
    returning('start_response'),
  ),
  otherwise(
    'has-a-hop-by-hop-header',
    ['PEP-HDR-02'],
    'lets an application speak of its connection',
    both(returning('start_response'), receiving({ ...whole('sent'), headers: [['Keep-Alive', 'timeout=99']] })),
  ),
  otherwise('awaits-receipts', ['PEP-BODY-01'], 'collects blocks until it has many', (sound) =>
    sound.filter(({ kind }) => kind !== 'response.progressed'),
  ),
  otherwise('awaits-receipts-of-what-it-writes', ['PEP-BODY-01'], 'is one block behind with what is written', (sound) =>
    sound.filter((moment) => moment.kind !== 'response.progressed' || moment.bytes < 16),
  ),
  otherwise(
    'writes-then-yields',
    ['PEP-BODY-02'],
    'sends what is written at the end',
    receiving(whole('yieldedwritten;')),
  ),
  otherwise('yields-too-much', ['PEP-BODY-03'], 'sends more than Content-Length', receiving({ beyond: 6 })),
  otherwise(
    'yields-too-little',
    ['PEP-BODY-03'],
    'keeps a connection open on which bytes are missing',
    receiving({ end: 'silence' }),
  ),
  otherwise('yields-text', ['PEP-BODY-04'], 'encodes text by itself', receiving(whole('text'))),
  otherwise('yields-too-much', ['PEP-BODY-05'], 'asks for blocks that it will not send', (sound) =>
    sound.flatMap((moment): readonly Moment[] =>
      moment.kind === 'program.told' && moment.told.what === 'asked'
        ? [moment, { kind: 'program.told', told: { ...moment.told, block: 3 } }]
        : [moment],
    ),
  ),
  ...(['raises-after-its-first-block', 'outlives-its-client', 'awaits-receipts'] as const).map((program) =>
    otherwise(
      program,
      ['PEP-CLOSE-01'],
      `does not close what it was given when the application ${programs[program].does}`,
      telling((told) => (told.what === 'closed' ? null : told)),
    ),
  ),
  otherwise('raises-before-starting', ['PEP-ERR-01'], 'answers 200 where an application raised', receiving(whole(''))),
  otherwise(
    'raises-after-its-first-block',
    ['PEP-ERR-02'],
    'ends a broken response as if it were whole',
    receiving({ end: 'complete' }),
  ),
  otherwise('reads-after-continue', ['PEP-EXPECT-01'], 'does not know Expect', (sound) =>
    receiving({ statusLine: 'HTTP/1.1 417 Expectation Failed', status: 417 })(
      sound.filter(({ kind }) => kind === 'response.received'),
    ),
  ),
  otherwise(
    'reads-after-continue',
    ['PEP-EXPECT-02'],
    'lets clients wait until they have waited enough',
    receiving({ continued: false }),
  ),
  otherwise(
    'wraps-no-descriptor',
    ['PEP-FILE-01'],
    'wraps only what has a descriptor',
    raising('file_wrapper(file, size)', 'ValueError'),
  ),
  otherwise('drops-its-wrapper', ['PEP-FILE-01'], 'sends a file when it is wrapped', receiving(whole('after'))),
  otherwise(
    'wraps-a-file',
    ['PEP-FILE-01'],
    'leaves wrapped files open',
    telling((told) => (told.what === 'closed' ? null : told)),
  ),
  otherwise(
    'wraps-a-file',
    ['PEP-FILE-02'],
    'sends files from their beginning',
    receiving({ body: 'before;after', bodyLength: 12 }),
  ),
];
