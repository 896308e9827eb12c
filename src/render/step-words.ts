/** What an operator does and what an application is told to do, in a few words. */
import { programs } from '../../spec/programs.ts';
import type { Act, Behaviour } from '../../spec/trace.ts';
import { assertNever } from '../../spec/vocabulary.ts';

export function actWords(act: Act): string {
  switch (act.kind) {
    case 'touch':
    case 'break':
    case 'ruin':
    case 'mend':
    case 'stall':
      return `${act.kind} ${act.script}`;
    case 'touch-module':
      return `touch a module that ${act.script} imports`;
    case 'signal':
      return `${act.signal} to the process of ${act.processOf}`;
    case 'server-signal':
      return `${act.signal} to the server`;
    default:
      return assertNever(act);
  }
}

export function behaviourWords(behave: Behaviour): string {
  switch (behave.kind) {
    case 'exit':
      return `exits with ${behave.code}`;
    case 'signal-self':
      return `sends itself ${behave.signal}`;
    case 'register-exit-handlers':
      return behave.withThread ? 'registers exit handlers and starts a thread' : 'registers exit handlers';
    case 'start-thread':
      return 'starts a thread that counts';
    case 'hold-gil':
      return 'keeps the global lock';
    case 'burn-cpu':
      return 'uses up its processor time';
    case 'run-on':
      return `runs on for ${behave.atMost} ms`;
    case 'change-directory':
      return `changes the working directory to ${behave.directory}`;
    case 'send-body':
      return `has a body of ${behave.length} bytes`;
    case 'long-header':
      return `answers with a header of ${behave.length} bytes`;
    case 'send-credentials':
      return 'has credentials';
    case 'perform':
      return programs[behave.program].does;
    case 'register-signal':
      return 'registers a signal handler';
    default:
      return assertNever(behave);
  }
}
