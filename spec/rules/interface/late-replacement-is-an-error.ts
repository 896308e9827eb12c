import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const lateReplacementIsAnError: Rule = {
  id: 'PEP-START-03',
  level: 'must',
  area: 'interface',
  says: 'start_response with exc_info raises where the headers are out.',
  appliesTo: ['any-wsgi-server'],
  needs: [...performanceKinds, 'response.progressed'],
  source: ['PEP 3333, The start_response() Callable, on exc_info'],
  why: 'What goes on as if it had been heard appends an error page to a half-sent document.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'changes-its-mind-after-output').filter(
        (one) => one.progressed.length > 0 && triedBy(one, 'start_response again') !== undefined,
      ),
      'no application tried to replace headers that its client had',
      (one) =>
        triedBy(one, 'start_response again')?.kind === 'raised'
          ? null
          : {
              says: `start_response of ${one.request} returns although its headers are out: ${answerOf(one)}`,
              seqs: shownBy(one),
            },
    ),
};
