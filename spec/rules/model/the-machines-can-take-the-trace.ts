import { accept } from '../../model/acceptor.ts';
import type { Rule } from '../rule.ts';

/** The only rule that asks the machines. It judges what any world shows, as the others do; why it may: decision 20. */
export const theMachinesCanTakeTheTrace: Rule = {
  id: 'MODEL-01',
  level: 'must',
  area: 'model',
  says: 'What is seen of processes and requests can have come about by what the state machines of this server allow.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'the state machines server-process, process-group, worker, arbiter, master and worker-pool, and what each of them cites',
    'M. Herlihy and J. Wing, Linearizability: a correctness condition for concurrent objects, 1990',
  ],
  why: 'A rule looks at one promise at a time; what no single rule forbids may still be impossible together.',
  judge: ({ deployment, trace }) => {
    const acceptance = accept(deployment, trace);
    switch (acceptance.kind) {
      case 'not-judged':
        return { kind: 'not-exercised', because: `not judged: ${acceptance.because}` };
      case 'refused': {
        const { judged, says, seqs } = acceptance;
        return { kind: 'fail', exercised: judged, evidence: [{ says, seqs }] };
      }
      case 'taken':
        return acceptance.judged === 0
          ? { kind: 'not-exercised', because: 'no process was seen' }
          : { kind: 'pass', exercised: acceptance.judged };
    }
  },
};
