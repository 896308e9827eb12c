/** How a response leaves the server. */
import type { Question } from './question.ts';

export const responseQuestions: readonly Question[] = [
  {
    id: 'one-block-framing',
    theme: 'responses',
    asks: 'How does a list of one block without Content-Length leave (HTTP/1.1)?',
    source: 'PEP 3333, Handling the Content-Length Header: a server may count a list of one block itself.',
    answers: {
      counted: { says: 'Content-Length is added' },
      chunked: { says: 'in chunks' },
      'until-close': { says: 'until the connection closes' },
    },
  },
  {
    id: 'many-blocks-framing',
    theme: 'responses',
    asks: 'And blocks of a generator?',
    source: 'PEP 3333, Handling the Content-Length Header; RFC 9112, section 6.3.',
    answers: {
      counted: { says: 'Content-Length is added' },
      chunked: { says: 'in chunks' },
      'until-close': { says: 'until the connection closes' },
    },
  },
  {
    id: 'too-few-bytes',
    theme: 'responses',
    asks: 'What does a client see when the body is shorter than its Content-Length?',
    source: 'PEP 3333, Handling the Content-Length Header: the server should close the connection.',
    answers: {
      closed: { says: 'a connection cut short' },
      'closed-late': {
        says: 'a connection that is cut only when its idle time is over',
        warns:
          'a body that is shorter than its Content-Length leaves the client waiting until the server takes the connection for idle: seconds, by its settings',
      },
      'left-open': {
        says: 'a connection that stays open',
        warns:
          'a body that is shorter than its Content-Length leaves the client waiting on an open connection, until one of the two has waited enough',
      },
      other: { says: 'something else' },
    },
  },
  {
    id: 'too-many-bytes',
    theme: 'responses',
    rule: 'PEP-BODY-03',
    asks: 'And when it is longer?',
    source: 'PEP 3333, Handling the Content-Length Header: a server must not send more.',
    answers: {
      'cut-to-length': { says: 'cut to the length' },
      'all-sent': {
        says: 'all of it',
        warns: 'bytes beyond Content-Length are sent: on a kept connection a client reads them as the next response',
      },
      other: { says: 'something else' },
    },
  },
  {
    id: 'head-body',
    theme: 'responses',
    asks: 'Is the body that the application returns to HEAD sent?',
    source: 'RFC 9110, section 9.3.2: no content is sent. PEP 3333 leaves open who sees to it.',
    answers: {
      withheld: { says: 'no' },
      sent: {
        says: 'yes',
        warns:
          'the body that an application returns to HEAD is sent: return none to HEAD, or a client on a kept connection takes it for the next response',
      },
    },
  },
  {
    id: 'keep-alive',
    theme: 'responses',
    asks: 'Does a connection take a second request (HTTP/1.1)?',
    source: 'RFC 9112, section 9.3: persistent by default, and a server may close.',
    answers: { kept: { says: 'yes' }, closed: { says: 'no, it closes' } },
  },
  {
    id: 'own-server-header',
    theme: 'responses',
    asks: 'What becomes of a Server header of the application?',
    source: 'Open.',
    answers: {
      kept: { says: 'stays' },
      replaced: { says: 'is replaced' },
      twice: { says: 'stands beside the own' },
    },
  },
  {
    id: 'file-wrapper',
    theme: 'responses',
    asks: 'Is there a wsgi.file_wrapper?',
    source: 'PEP 3333, Optional Platform-Specific File Handling.',
    answers: { present: { says: 'yes' }, absent: { says: 'no' } },
  },
  {
    id: 'gone-client',
    theme: 'responses',
    asks: 'A client goes amid an endless body: when is close() called?',
    source: 'PEP 3333, Specification Details: also at an early disconnect of the browser.',
    answers: {
      'soon-closed': { says: 'at a next block' },
      'not-closed': {
        says: 'not while blocks come',
        warns:
          'the application goes on making blocks for a client that is gone, and close() is not called before it ends',
      },
    },
  },
];
