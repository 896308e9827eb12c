/** Processes, signals and reloading. */
import type { Question } from './question.ts';

export const processQuestions: readonly Question[] = [
  {
    id: 'multiprocess-alone',
    theme: 'processes',
    asks: 'What is wsgi.multiprocess with one process?',
    source: 'PEP 3333, environ Variables: whether another process may run the application at the same time.',
    answers: { false: { says: 'False' }, true: { says: 'True' } },
  },
  {
    id: 'multithread-alone',
    theme: 'processes',
    asks: 'What is wsgi.multithread with one thread?',
    source: 'PEP 3333, environ Variables: whether another thread may run the application at the same time.',
    answers: { false: { says: 'False' }, true: { says: 'True' }, 'more-threads': { says: '(it has no such setting)' } },
  },
  {
    id: 'killed-worker',
    theme: 'processes',
    asks: 'What becomes of a worker process that is killed (SIGKILL)?',
    source: 'Open.',
    answers: {
      replaced: { says: 'is replaced' },
      'not-replaced': { says: 'is missed', warns: 'a process that dies is not replaced' },
      'is-the-server': {
        says: 'was the server',
        warns: 'there is one process, and whatever ends it ends the server: something else must start it again',
      },
    },
  },
  {
    id: 'told-worker',
    theme: 'processes',
    asks: 'And of one that is sent SIGTERM?',
    source: 'Open.',
    answers: {
      replaced: { says: 'ends, and is replaced' },
      'not-replaced': { says: 'ends, and is missed' },
      stays: { says: 'stays' },
      'is-the-server': { says: 'was the server' },
    },
  },
  {
    id: 'background-thread',
    theme: 'processes',
    asks: 'What becomes of a thread that a request started, with one second to go, when the worker is sent SIGTERM?',
    source:
      'Open. CPython waits at its end for threads that are no daemons, and a thread is what the one that started it is.',
    answers: {
      finishes: { says: 'finishes' },
      dropped: {
        says: 'is dropped',
        warns:
          'a thread that a request started is dropped when its process is told to end, at a reload as well: work that must not be lost belongs in a queue that another process reads',
      },
      stays: { says: 'goes on, as the worker does' },
    },
  },
  {
    id: 'stop-amid-request',
    theme: 'processes',
    asks: 'What becomes of a request with one second to go when the server is sent SIGTERM?',
    source: 'Open.',
    answers: {
      answered: { says: 'is answered' },
      cut: { says: 'is cut', warns: 'SIGTERM to the server cuts the requests that are running' },
      'answered-and-stays': {
        says: 'is answered; the server stays',
        warns:
          'SIGTERM does not stop the server: whatever supervises it must send another signal, or kills it after its patience',
      },
      'cut-and-stays': {
        says: 'is cut; the server stays',
        warns: 'SIGTERM cuts the requests that are running and does not stop the server',
      },
    },
  },
  {
    id: 'reload-amid-request',
    theme: 'processes',
    asks: 'And when the server is told to reload gracefully?',
    source: 'Open.',
    answers: {
      answered: { says: 'is answered' },
      cut: { says: 'is cut', warns: 'a reload cuts the requests that are running' },
      'no-reload': { says: '(no reload)' },
    },
  },
  {
    id: 'requests-amid-reload',
    theme: 'processes',
    asks: 'What becomes of requests that come while it reloads?',
    source: 'Open.',
    answers: {
      answered: { says: 'are all answered' },
      failed: { says: 'some fail', warns: 'requests that come while the server reloads can fail' },
      'no-reload': { says: '(no reload)' },
    },
  },
];
