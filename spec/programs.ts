/**
 * The programs: exchanges that the probe performs on request, each a way in which an application may use, or abuse, what
 * PEP 3333 gives it. What the application found is told from inside, what came of it is what the client received; rules
 * judge both. Nothing in them depends on speed.
 */

/** What each program does, and what its request is. The application's half stands in `src/probe/programs.py`. */
export const programs = {
  'describes-environ': { does: 'tells what environ is and has', body: null },
  'uses-both-streams': {
    does: 'uses every method of wsgi.input and wsgi.errors',
    body: 'first\nsecond\nthird\nfourth\n',
  },
  'reads-past-the-end': { does: 'reads more of the body than there is', body: 'abc' },
  'reads-after-continue': { does: 'reads a body that the client holds back until it is told 100', body: 'abcdef' },
  'changes-its-mind-before-output': { does: 'replaces its headers after an empty block', body: null },
  'changes-its-mind-after-output': { does: 'tries to replace its headers when they are out', body: null },
  'starts-twice': { does: 'calls start_response twice', body: null },
  'starts-while-iterating': { does: 'calls start_response when its first block is asked for', body: null },
  'never-starts': { does: 'returns a body and never calls start_response', body: null },
  'has-a-line-end-in-a-header': { does: 'gives a header value a line end', body: null },
  'has-a-header-beyond-latin-1': { does: 'gives a header value a character beyond Latin-1', body: null },
  'has-a-hop-by-hop-header': { does: 'gives the header Keep-Alive', body: null },
  'awaits-receipts': { does: 'goes on to its next block when the client has the last one', body: null },
  'awaits-receipts-of-what-it-writes': { does: 'writes its next block when the client has the last one', body: null },
  'writes-then-yields': { does: 'writes a block and yields another', body: null },
  'yields-too-much': { does: 'yields more than its Content-Length', body: null },
  'yields-too-little': { does: 'yields less than its Content-Length', body: null },
  'yields-text': { does: 'yields text in the place of bytes', body: null },
  'raises-before-starting': { does: 'raises before it calls start_response', body: null },
  'raises-before-its-first-block': { does: 'raises when its first block is asked for', body: null },
  'raises-after-its-first-block': { does: 'raises when its second block is asked for', body: null },
  'outlives-its-client': { does: 'goes on yielding when the client is gone', body: null },
  'wraps-a-file': { does: 'returns the wrapper of a file with a descriptor', body: null },
  'wraps-no-descriptor': { does: 'returns the wrapper of a file without one', body: null },
  'drops-its-wrapper': { does: 'wraps a file and returns something else', body: null },
} as const satisfies Readonly<Record<string, { readonly does: string; readonly body: string | null }>>;

export type Program = keyof typeof programs;
export const programNames = Object.keys(programs) as readonly Program[];

/** The calls that programs try. */
export const programCalls = [
  'start_response',
  'start_response again',
  'write',
  'environ[key] = value',
  'input.read(2)',
  'input.readline()',
  'next(iter(input))',
  'input.readlines()',
  'input.read(10)',
  'input.read()',
  'input.read(1)',
  'errors.write(text)',
  'errors.writelines(texts)',
  'errors.flush()',
  'file_wrapper(file, size)',
] as const;
export type ProgramCall = (typeof programCalls)[number];

/** What a program tells of what it finds. */
export type Telling =
  | { readonly what: 'environ'; readonly environ: Environ }
  | { readonly what: 'tried'; readonly call: ProgramCall; readonly outcome: Tried }
  /**
   * The server asks for the block of this number, the first being 1. Where `awaits` is a number the program goes on only
   * when the client has so much of the body, or when there is no more hope of that; see `response.progressed`.
   */
  | { readonly what: 'asked'; readonly block: number; readonly awaits: number | null }
  /** It is about to return an iterable with a method close, or the wrapper of a file that has one. */
  | { readonly what: 'returning'; readonly of: 'iterable' | 'file' }
  /** close() of what it returned, or of the file that it wrapped, was called. */
  | { readonly what: 'closed'; readonly of: 'iterable' | 'file' };

/** What came of a call. Types are written as Python does: `bytes`, `uwsgi.sendfile`. */
export type Tried =
  /** `shows` is what bytes are in Latin-1; null for everything else. */
  | { readonly kind: 'returned'; readonly type: string; readonly shows: string | null; readonly is: Abilities }
  /** `isGiven` is whether it is the very exception of the `exc_info` that the program passed. */
  | { readonly kind: 'raised'; readonly type: string; readonly message: string; readonly isGiven: boolean };

/** What can be done with a value. */
export interface Abilities {
  readonly callable: boolean;
  readonly iterable: boolean;
  readonly closable: boolean;
}

/** What the first argument of the application is. */
export interface Environ {
  /** `dict` is the builtin type itself and none of its subclasses. */
  readonly type: string;
  /** By name, the variables of CGI: those of RFC 3875, section 4.1, and those made of the request's headers. */
  readonly variables: Readonly<Record<string, Variable>>;
  /** By name, every variable whose name begins with `wsgi.`: the type of its value. */
  readonly wsgi: Readonly<Record<string, string>>;
  /** `repr(environ['wsgi.version'])`, and what the scheme is; null where there is none. */
  readonly version: string | null;
  readonly urlScheme: string | null;
}

export interface Variable {
  readonly type: string;
  readonly isEmpty: boolean;
  /** Whether each character fits ISO-8859-1; true for what is no text. */
  readonly fitsLatin1: boolean;
}

/** What a client received for a request. */
export interface Received {
  /** Without its line end; null where not a whole line came. */
  readonly statusLine: string | null;
  /** Null where the status line is not one of HTTP. */
  readonly status: number | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** What tells where the body ends: its length, its last chunk, or only that the connection is closed. */
  readonly endsBy: 'length' | 'chunks' | 'close';
  /** The first of the body, in Latin-1; the whole of what programs send. */
  readonly body: string;
  readonly bodyLength: number;
  /** Bytes that came after the end of the response. */
  readonly beyond: number;
  /** A client that waits to be told 100 was told so before it lost its patience; null for others. */
  readonly continued: boolean | null;
  readonly end: ResponseEnd;
}

/**
 * How a response ended: as its headers said it would; too early, by the closing or the reset of the connection; or not
 * at all, until the client hung up, because nothing came any more or because that was its part.
 */
export const responseEnds = ['complete', 'cut', 'reset', 'silence', 'hung-up'] as const;
export type ResponseEnd = (typeof responseEnds)[number];

/** So much of a body is shown. */
export const bodyShown = 256;

/** The value of a header, its name in small letters; undefined where the client received none. */
export const headerOf = (headers: Received['headers'], name: string): string | undefined =>
  headers.find(([own]) => own.toLowerCase() === name)?.[1];
