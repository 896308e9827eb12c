/**
 * How programs go on a server that keeps every rule of PEP 3333, whatever the machine is that it runs on: the twin of
 * `src/probe/programs.py` and of the client's half. Of several legal answers it gives the plainest.
 */
import {
  type Abilities,
  type Environ,
  type Program,
  type ProgramCall,
  programs,
  type Received,
  type Telling,
  type Variable,
} from '../../spec/programs.ts';
import { assertNever } from '../../spec/vocabulary.ts';

/** What is seen of a program, in order. The last moment is what the client received. */
export type Moment =
  | { readonly kind: 'program.told'; readonly told: Telling }
  | { readonly kind: 'response.progressed'; readonly bytes: number }
  | { readonly kind: 'response.received'; readonly received: Received };

export function soundPerformance(program: Program): readonly Moment[] {
  switch (program) {
    case 'describes-environ':
      return [
        told({ what: 'environ', environ }),
        returned('environ[key] = value', 'NoneType'),
        started,
        ...yields('described'),
      ];
    case 'uses-both-streams':
      return [
        bytes('input.read(2)', 'fi'),
        bytes('input.readline()', 'rst\n'),
        bytes('next(iter(input))', 'second\n'),
        returned('input.readlines()', 'list', 'third\nfourth\n', { iterable: true }),
        returned('errors.write(text)', 'NoneType'),
        returned('errors.writelines(texts)', 'NoneType'),
        returned('errors.flush()', 'NoneType'),
        started,
        ...yields('used'),
      ];
    case 'reads-past-the-end':
      return [
        bytes('input.read(10)', programs[program].body),
        bytes('input.read()', ''),
        bytes('input.read(1)', ''),
        started,
        ...yields('read'),
      ];
    case 'reads-after-continue': {
      const { body } = programs[program];
      return [
        bytes('input.read(10)', body),
        started,
        ...handing('iterable', asked(1), asked(2)),
        received({ body, continued: true }),
      ];
    }
    case 'changes-its-mind-before-output':
      return [
        started,
        ...handing('iterable', asked(1), asked(2), startedAgain),
        received({ statusLine: 'HTTP/1.1 503 Replaced', body: 'replaced', headers: [['X-Wsgiscope-Second', '1']] }),
      ];
    case 'changes-its-mind-after-output':
      return [
        started,
        ...handing('iterable', ...receipts(1), raisedAgain(true)),
        received({ body: block(1), headers: [['X-Wsgiscope-First', '1']], end: 'cut' }),
      ];
    case 'starts-twice':
      return [started, raisedAgain(false), failed];
    case 'starts-while-iterating':
      return [...handing('iterable', asked(1), started), received({ body: 'started' })];
    case 'never-starts':
      return [...handing('iterable', asked(1)), failed];
    case 'has-a-line-end-in-a-header':
    case 'has-a-header-beyond-latin-1':
    case 'has-a-hop-by-hop-header':
      return [raised('start_response', false), failed];
    case 'awaits-receipts':
      return [started, ...handing('iterable', ...receipts(2)), received({ body: block(1, 2, 3) })];
    case 'awaits-receipts-of-what-it-writes':
      return [started, ...receipts(2), ...handing('iterable'), received({ body: block(1, 2, 3) })];
    case 'writes-then-yields':
      return [
        started,
        returned('write', 'NoneType'),
        ...handing('iterable', asked(1)),
        received({ body: 'written;yielded' }),
      ];
    case 'yields-too-much':
      return [started, ...handing('iterable', asked(1)), received({ body: 'abc' })];
    case 'yields-too-little':
      return [
        started,
        ...handing('iterable', asked(1)),
        received({ body: 'abc', headers: [['Content-Length', '9']], end: 'cut' }),
      ];
    case 'yields-text':
      return [started, ...handing('iterable', asked(1)), failed];
    case 'raises-before-starting':
      return [failed];
    case 'raises-before-its-first-block':
      return [started, ...handing('iterable', asked(1)), failed];
    case 'raises-after-its-first-block':
      return [started, ...handing('iterable', ...receipts(1)), received({ body: block(1), end: 'cut' })];
    case 'outlives-its-client':
      return [started, ...handing('iterable', ...receipts(1)), received({ body: block(1), end: 'hung-up' })];
    case 'wraps-a-file':
    case 'wraps-no-descriptor':
      return [started, wrapped, ...handing('file'), received({ body: 'after' })];
    case 'drops-its-wrapper':
      return [started, wrapped, ...yields('dropped')];
    default:
      return assertNever(program);
  }
}

const told = (telling: Telling): Moment => ({ kind: 'program.told', told: telling });

const returned = (call: ProgramCall, type: string, shows: string | null = null, is: Partial<Abilities> = {}): Moment =>
  told({
    what: 'tried',
    call,
    outcome: { kind: 'returned', type, shows, is: { callable: false, iterable: false, closable: false, ...is } },
  });
const bytes = (call: ProgramCall, shows: string): Moment => returned(call, 'bytes', shows, { iterable: true });
const raised = (call: ProgramCall, isGiven: boolean): Moment =>
  told({ what: 'tried', call, outcome: { kind: 'raised', type: 'ValueError', message: 'on purpose', isGiven } });

const started = returned('start_response', 'method', null, { callable: true });
const startedAgain = returned('start_response again', 'method', null, { callable: true });
const raisedAgain = (isGiven: boolean): Moment => raised('start_response again', isGiven);
const wrapped = returned('file_wrapper(file, size)', 'FileWrapper', null, { iterable: true, closable: true });

const asked = (number: number, awaits: number | null = null): Moment => told({ what: 'asked', block: number, awaits });

/** So many blocks, each of them received before the next one is made. */
const receipts = (count: number): readonly Moment[] => [
  asked(1, 0),
  ...Array.from({ length: count }, (_, index): readonly Moment[] => {
    const length = (index + 1) * block(1).length;
    return [asked(index + 2, length), { kind: 'response.progressed', bytes: length }];
  }).flat(),
];
const block = (...numbers: readonly number[]): string => numbers.map((number) => `block-${number};`).join('');

/** What is returned is gone through and closed. */
const handing = (of: 'iterable' | 'file', ...moments: readonly Moment[]): readonly Moment[] => [
  told({ what: 'returning', of }),
  ...moments,
  told({ what: 'closed', of }),
];

const received = ({ headers = [], ...more }: Partial<Received>): Moment => ({
  kind: 'response.received',
  received: {
    statusLine: 'HTTP/1.1 200 OK',
    status: Number((more.statusLine ?? 'HTTP/1.1 200 OK').split(' ')[1]),
    headers: [['Content-Type', 'text/plain'], ...headers],
    endsBy: headers.some(([name]) => name === 'Content-Length') ? 'length' : 'chunks',
    body: '',
    bodyLength: more.body?.length ?? 0,
    beyond: 0,
    continued: null,
    end: 'complete',
    ...more,
  },
});
const yields = (body: string): readonly Moment[] => [...handing('iterable', asked(1)), received({ body })];
const failed = received({ statusLine: 'HTTP/1.1 500 Internal Server Error', body: 'the application failed' });

const text: Variable = { type: 'str', isEmpty: false, fitsLatin1: true };
const environ: Environ = {
  type: 'dict',
  variables: {
    REQUEST_METHOD: text,
    SCRIPT_NAME: text,
    PATH_INFO: { ...text, isEmpty: true },
    SERVER_NAME: text,
    SERVER_PORT: text,
    SERVER_PROTOCOL: text,
    HTTP_HOST: text,
    HTTP_X_WSGISCOPE_ACCENT: text,
  },
  wsgi: {
    'wsgi.version': 'tuple',
    'wsgi.url_scheme': 'str',
    'wsgi.input': 'Input',
    'wsgi.errors': 'Errors',
    'wsgi.multithread': 'bool',
    'wsgi.multiprocess': 'bool',
    'wsgi.run_once': 'bool',
  },
  version: '(1, 0)',
  urlScheme: 'http',
};
