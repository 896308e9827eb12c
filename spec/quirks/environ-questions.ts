/** What stands in environ. */
import type { Question } from './question.ts';

const absence = { absent: { says: 'left out' }, empty: { says: 'empty' } } as const;

export const environQuestions: readonly Question[] = [
  {
    id: 'encoded-slash',
    theme: 'environ',
    asks: 'What is PATH_INFO of `/a%2Fb`?',
    source: 'RFC 3875, section 4.1.5: decoded, and a server may refuse what cannot be told apart then.',
    answers: {
      decoded: { says: '`/a/b`' },
      kept: { says: '`/a%2Fb`' },
      refused: { says: 'refused', warns: 'a path with %2F is refused before the application sees it' },
      other: { says: 'something else' },
    },
  },
  {
    id: 'double-slash',
    theme: 'environ',
    asks: 'What is PATH_INFO of `/a//b`?',
    source: 'Open.',
    answers: {
      kept: { says: '`/a//b`' },
      merged: {
        says: '`/a/b`',
        warns: 'slashes that follow one another reach the application as one: URLs that hold URLs change',
      },
      other: { says: 'something else' },
    },
  },
  {
    id: 'dot-segments',
    theme: 'environ',
    asks: 'What is PATH_INFO of `/a/../b`?',
    source: 'Open. RFC 3986, section 5.2.4 tells a client how to remove them.',
    answers: {
      kept: { says: '`/a/../b`' },
      resolved: { says: '`/b`' },
      refused: { says: 'refused' },
      other: { says: 'something else' },
    },
  },
  {
    id: 'null-byte',
    theme: 'environ',
    asks: 'What is PATH_INFO of `/a%00b`?',
    source: 'RFC 3875, section 4.1.5 allows a server to refuse it.',
    answers: {
      decoded: { says: 'with a null byte' },
      refused: { says: 'refused' },
      cut: {
        says: 'ends before it',
        warns: 'a path ends at %00: what follows is lost to the application, and not to logs and filters before it',
      },
      other: { says: 'something else' },
    },
  },
  {
    id: 'server-name',
    theme: 'environ',
    asks: 'What is SERVER_NAME for `Host: shop.example:1234`?',
    source: 'RFC 3875, section 4.1.14: the name to which the request was directed.',
    answers: {
      'host-header': { says: 'the name in Host' },
      address: { says: 'the address it listens on' },
      machine: { says: "the machine's name" },
      localhost: { says: '`localhost`' },
      configured: { says: 'as configured' },
      empty: {
        says: 'empty',
        warns:
          'SERVER_NAME is empty, and PEP 3333 says that it never is: URLs made from it for a request without Host have no host',
      },
      software: {
        says: 'a name of the software',
        warns: 'SERVER_NAME is no name of a host: URLs made from it for a request without Host lead nowhere',
      },
      other: { says: 'another name' },
    },
  },
  {
    id: 'server-port',
    theme: 'environ',
    asks: 'And SERVER_PORT?',
    source: 'RFC 3875, section 4.1.15: the port on which the request was received.',
    answers: {
      own: { says: 'its own port' },
      'host-header': { says: 'the port in Host' },
      other: { says: 'something else' },
    },
  },
  {
    id: 'remote-port',
    theme: 'environ',
    asks: 'Is there REMOTE_PORT?',
    source: 'Open.',
    answers: { present: { says: 'yes' }, absent: { says: 'no' } },
  },
  {
    id: 'no-content-type',
    theme: 'environ',
    asks: 'What is CONTENT_TYPE of a request without one?',
    source: 'PEP 3333, environ Variables: may be empty or missing.',
    answers: {
      ...absence,
      invented: {
        says: '`text/plain`',
        warns: 'a request without Content-Type says text/plain in environ, which no client sent',
      },
    },
  },
  {
    id: 'no-content-length',
    theme: 'environ',
    asks: 'What is CONTENT_LENGTH of a request without one?',
    source: 'PEP 3333, environ Variables: may be empty or missing.',
    answers: { ...absence, zero: { says: '`0`' } },
  },
  {
    id: 'no-query',
    theme: 'environ',
    asks: 'What is QUERY_STRING of a request without one?',
    source: 'PEP 3333, environ Variables: may be empty or missing.',
    answers: absence,
  },
  {
    id: 'process-environment',
    theme: 'environ',
    asks: "Are the process's environment variables in environ?",
    source: 'PEP 3333, Application Configuration: a server may do so; the example of a CGI gateway does.',
    answers: {
      'left-out': { says: 'no' },
      included: {
        says: 'yes',
        warns:
          'the environment variables of the process stand in environ: an error page that shows environ shows its secrets',
      },
    },
  },
];
