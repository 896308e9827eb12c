/** What becomes of errors of the application. */
import type { Question } from './question.ts';

export const errorQuestions: readonly Question[] = [
  {
    id: 'error-before-start',
    theme: 'errors',
    rule: 'PEP-ERR-01',
    asks: 'What does a client see when the application raises before start_response?',
    source: 'PEP 3333, Error Handling: a server should trap and log, and may send an error page.',
    answers: {
      'status-500': { says: 'a 500' },
      'connection-closed': {
        says: 'no answer',
        warns:
          'an exception before start_response closes the connection without an answer: a proxy in front shows 502, and a client may send the request again',
      },
      other: { says: 'something else' },
    },
  },
  {
    id: 'error-after-start',
    theme: 'errors',
    asks: 'And when it raises after start_response, before any block of the body?',
    source:
      'PEP 3333, The start_response() Callable: headers wait for the first block, so that an error can still replace them.',
    answers: {
      'status-500': { says: 'a 500' },
      'status-as-started': {
        says: 'the status as started',
        warns:
          'an exception after start_response leaves the client with the status that was started, as if all were well',
      },
      'connection-closed': {
        says: 'no answer',
        warns: 'an exception after start_response closes the connection without an answer',
      },
      other: { says: 'something else' },
    },
  },
  {
    id: 'error-amid-body',
    theme: 'errors',
    rule: 'PEP-ERR-02',
    asks: 'Can a client tell a body without Content-Length that an error cut from a whole one (HTTP/1.1)?',
    source: 'RFC 9112, section 8: a message that is incomplete must be seen to be. PEP 3333, Error Handling.',
    answers: {
      'visibly-cut': { says: 'yes, cut' },
      'looks-whole': {
        says: 'no, looks whole',
        warns:
          'a response without Content-Length that an error cuts looks whole to its client, and to a cache between: send Content-Length where half a page does harm',
      },
      'nothing-sent': { says: 'error instead of it' },
    },
  },
  {
    id: 'never-started',
    theme: 'errors',
    rule: 'PEP-START-04',
    asks: 'What does a client see when the application returns a body and never called start_response?',
    source: 'PEP 3333, Specification Details: start_response must have been called when the first block comes.',
    answers: {
      'status-500': { says: 'a 500' },
      'no-status': {
        says: 'a response without a status',
        warns:
          'an application that forgets start_response is not answered with an error: its body leaves without a valid status',
      },
      'connection-closed': { says: 'no answer' },
      other: { says: 'something else' },
    },
  },
  {
    id: 'closed-without-start',
    theme: 'errors',
    rule: 'PEP-CLOSE-01',
    asks: 'Is close() called on what was returned without start_response?',
    source: 'PEP 3333, Specification Details: close() must be called, however the request ended.',
    answers: {
      called: { says: 'yes' },
      'not-called': {
        says: 'no',
        warns:
          'what an application returned without start_response is not closed: files and database connections stay open',
      },
    },
  },
  {
    id: 'second-start',
    theme: 'errors',
    rule: 'PEP-START-02',
    asks: 'Is a second start_response without exc_info refused?',
    source: 'PEP 3333, The start_response() Callable: it is a fatal error.',
    answers: {
      refused: { says: 'yes, it raises' },
      taken: {
        says: 'no, the second counts',
        warns: 'a second start_response replaces the first in silence: a mistake that other servers show stays hidden',
      },
      'first-kept': { says: 'no, the first counts' },
    },
  },
  {
    id: 'system-exit',
    theme: 'errors',
    asks: 'What does sys.exit() in a request do?',
    source: 'Open: PEP 3333 says nothing of exceptions that are no Exception.',
    answers: {
      'goes-on': { says: 'a 500, the process goes on' },
      'goes-on-silent': { says: 'no answer, the process goes on' },
      'goes-on-open': {
        says: 'the client waits, the process goes on',
        warns: 'sys.exit() in a request leaves its client waiting on an open connection',
      },
      'process-ends': {
        says: 'ends the process',
        warns:
          'sys.exit() in a request ends the worker process, together with whatever other requests it has: a library that calls it costs more than its own request',
      },
      'thread-ends': {
        says: 'ends the thread',
        warns:
          'sys.exit() in a request ends the thread that ran it and leaves the process: after as many calls as there are threads nobody answers any more',
      },
      'server-ends': {
        says: 'ends the server',
        warns: 'sys.exit() in a request ends the server',
      },
    },
  },
  {
    id: 'printed-text',
    theme: 'errors',
    asks: 'Where does print() go?',
    source: 'Open: PEP 3333 knows only wsgi.errors.',
    answers: {
      stdout: { says: 'standard output' },
      stderr: { says: 'standard error' },
      'error-log': { says: 'the error log' },
      lost: {
        says: 'nowhere',
        warns: 'what the application prints is lost: write to wsgi.errors or to a log of its own',
      },
      refused: { says: 'raises', warns: 'print() raises an error here' },
    },
  },
  {
    id: 'errors-stream',
    theme: 'errors',
    asks: 'Where does wsgi.errors go?',
    source: 'PEP 3333, environ Variables: for many servers the error log.',
    answers: {
      stdout: { says: 'standard output' },
      stderr: { says: 'standard error' },
      'error-log': { says: 'the error log' },
      lost: { says: 'nowhere', warns: 'what the application writes to wsgi.errors is lost' },
      refused: { says: 'raises', warns: 'writing to wsgi.errors raises an error here' },
    },
  },
];
