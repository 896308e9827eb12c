/** Which requests reach the application, and as what. */
import type { Question } from './question.ts';

export const requestQuestions: readonly Question[] = [
  {
    id: 'chunked-body',
    theme: 'requests',
    asks: 'What does an application read of a request body in chunks (no Content-Length)?',
    source:
      'RFC 9112, section 7.1: every recipient can decode it. WSGI has no word for it; wsgi.input_terminated is a convention.',
    answers: {
      terminated: { says: 'the body, with wsgi.input_terminated' },
      counted: { says: 'the body, with CONTENT_LENGTH' },
      unmarked: {
        says: 'the body, and nothing says so',
        warns:
          'a request body in chunks can be read, and neither CONTENT_LENGTH nor wsgi.input_terminated says so: frameworks take it for empty',
      },
      raw: {
        says: 'the chunks as they came',
        warns: 'a request body in chunks reaches the application with its chunk sizes in it',
      },
      empty: { says: 'nothing', warns: 'a request body in chunks is lost: the application sees none' },
      refused: {
        says: 'refused',
        warns: 'a request body in chunks is refused, as of clients that upload what they do not know the size of',
      },
      waits: {
        says: 'waits',
        warns: 'an application that reads a request body in chunks waits until the client hangs up',
      },
    },
  },
  {
    id: 'both-lengths',
    theme: 'requests',
    asks: 'What becomes of a request with Content-Length and Transfer-Encoding: chunked?',
    source:
      'RFC 9112, section 6.1: may be refused, or the chunks count and the connection closes afterwards; the root of request smuggling.',
    answers: {
      refused: { says: 'refused' },
      'chunks-count': { says: 'the chunks count' },
      'length-counts': {
        says: 'the length counts',
        warns:
          'of Content-Length and Transfer-Encoding in one request the length counts, against RFC 9112: behind a proxy that goes by the chunks, one client can smuggle requests to another',
      },
      other: { says: 'something else' },
    },
  },
  {
    id: 'two-lengths',
    theme: 'requests',
    asks: 'What becomes of a request with two Content-Length that differ?',
    source: 'RFC 9112, section 6.3: an unrecoverable error.',
    answers: {
      refused: { says: 'refused' },
      first: {
        says: 'the first counts',
        warns: 'of two Content-Length that differ the first counts: refuse such requests in front of it',
      },
      last: {
        says: 'the last counts',
        warns: 'of two Content-Length that differ the last counts: refuse such requests in front of it',
      },
      other: {
        says: 'read in another way',
        warns:
          'a request with two Content-Length that differ reaches the application: refuse such requests in front of it',
      },
    },
  },
  {
    id: 'unsized-read',
    theme: 'requests',
    rule: 'PEP-IO-02',
    asks: 'What does read() make of a body of 3 bytes on an open connection?',
    source: 'PEP 3333, Input and Error Streams: a server should simulate an end-of-file.',
    answers: {
      'the-body': { says: 'the 3 bytes' },
      waits: {
        says: 'waits for the client',
        warns: 'wsgi.input.read() without a size waits until the client hangs up: read no more than CONTENT_LENGTH',
      },
    },
  },
  {
    id: 'expect-continue',
    theme: 'requests',
    rule: 'PEP-EXPECT-02',
    asks: 'When is Expect: 100-continue answered with 100?',
    source: 'PEP 3333, HTTP 1.1 Expect/Continue; RFC 9110, section 10.1.1.',
    answers: {
      'when-read': { says: 'when the body is read' },
      'at-once': { says: 'before the application runs' },
      never: {
        says: 'never',
        warns: 'Expect: 100-continue is never answered: curl, for one, waits a second before it sends a large body',
      },
      refused: { says: 'refused' },
    },
  },
  {
    id: 'underscored-header',
    theme: 'requests',
    asks: 'What becomes of a header X_Name beside X-Name?',
    source: 'Open: both become HTTP_X_NAME. RFC 3875, section 4.1.18.',
    answers: {
      dropped: { says: 'is dropped' },
      joined: {
        says: 'is joined with it',
        warns:
          'a header with an underscore counts as the one with hyphens: a client can add to what a proxy in front sets, such as X-Forwarded-For',
      },
      wins: {
        says: 'takes its place',
        warns:
          'a header with an underscore replaces the one with hyphens: a client can forge what a proxy in front sets, such as X-Remote-User',
      },
      loses: {
        says: 'gives way to it',
        warns:
          'of two headers that differ in underscore and hyphen one is lost: a client can forge a header that the proxy in front does not set',
      },
      refused: { says: 'refused' },
    },
  },
  {
    id: 'repeated-header',
    theme: 'requests',
    asks: 'How do two headers of one name reach environ?',
    source: 'RFC 3875, section 4.1.18: joined with the same meaning; the form is open.',
    answers: {
      'joined-comma': { says: '`one,two`' },
      'joined-comma-space': { says: '`one, two`' },
      first: { says: 'only the first', warns: 'of two headers of one name the application sees the first only' },
      last: {
        says: 'only the last',
        warns: 'of two headers of one name, unless it knows them for lists, the application sees the last only',
      },
      refused: { says: 'refused' },
    },
  },
  {
    id: 'proxy-header',
    theme: 'requests',
    asks: 'Does a header Proxy become HTTP_PROXY in environ?',
    source: 'Open. CVE-2016-5385 and its kin (httpoxy): libraries that take HTTP_PROXY of a request for a setting.',
    answers: { dropped: { says: 'no' }, passed: { says: 'yes' } },
  },
  {
    id: 'forwarded-scheme',
    theme: 'requests',
    asks: 'Does X-Forwarded-Proto: https from this machine change wsgi.url_scheme?',
    source: 'Open.',
    answers: {
      ignored: { says: 'no' },
      trusted: {
        says: 'yes',
        warns:
          'X-Forwarded-Proto is believed of whoever connects from this machine: a proxy here that passes on what clients send lets them choose wsgi.url_scheme',
      },
      refused: { says: 'refused' },
    },
  },
  {
    id: 'long-target',
    theme: 'requests',
    asks: 'Is a URL of 6,000 bytes served?',
    source: 'RFC 9112, section 3: at least 8,000 bytes should be supported.',
    answers: {
      served: { says: 'yes' },
      refused: { says: 'refused', warns: 'a URL of 6,000 bytes is refused, where RFC 9112 wants 8,000 to work' },
      'connection-closed': {
        says: 'no answer',
        warns: 'a URL of 6,000 bytes closes the connection without an answer, where RFC 9112 wants 8,000 to work',
      },
    },
  },
  {
    id: 'fat-cookie',
    theme: 'requests',
    asks: 'Is a Cookie header of 9,000 bytes served?',
    source: 'Open: RFC 6265 wants 4,096 bytes for each cookie, and 50 of them.',
    answers: {
      served: { says: 'yes' },
      refused: {
        says: 'refused',
        warns: 'a Cookie header of 9,000 bytes is refused: signed sessions can grow beyond that',
      },
      'connection-closed': {
        says: 'no answer',
        warns:
          'a Cookie header of 9,000 bytes closes the connection without an answer: signed sessions can grow beyond that',
      },
    },
  },
  {
    id: 'missing-host',
    theme: 'requests',
    asks: 'Is an HTTP/1.1 request without Host served?',
    source: 'RFC 9112, section 3.2: must be answered with 400.',
    answers: { refused: { says: 'refused' }, served: { says: 'yes' } },
  },
  {
    id: 'absolute-target',
    theme: 'requests',
    asks: 'What is PATH_INFO of `GET http://other.example/page`?',
    source: 'RFC 9112, section 3.2.2: a server must accept it.',
    answers: {
      path: { says: '`/page`' },
      whole: {
        says: 'the whole URL',
        warns:
          'a request target with scheme and host becomes PATH_INFO as it is: the application looks for a page of that name',
      },
      refused: { says: 'refused' },
      other: { says: 'something else' },
    },
  },
];
