import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, finished, performanceKinds, shownBy } from './performances.ts';

export const startMayComeWhileIterating: Rule = {
  id: 'PEP-START-04',
  level: 'must',
  area: 'interface',
  says: 'start_response may be called as late as when the first block is asked for, and a body without any call of it is an error.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Specification Details, the note on start_response and the first iteration'],
  why: 'Every generator calls it that late; and a server that answers for an application which never did invents a response.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'starts-while-iterating', 'never-starts'),
      'no application called start_response late, or not at all',
      (one) => {
        const { status, statusLine, body, bodyLength, end } = one.received.received;
        if (one.program === 'starts-while-iterating')
          return status === 200 && body === 'started' && end === 'complete'
            ? null
            : {
                says: `${one.request} calls start_response when its first block is asked for, and ${answerOf(one)}`,
                seqs: shownBy(one),
              };
        const isNothing = statusLine === null && bodyLength === 0;
        if (isNothing || (status !== null && status >= 500)) return null;
        return { says: `${one.request} never calls start_response, and ${answerOf(one)}`, seqs: shownBy(one) };
      },
    ),
};
