import { headerOf } from '../../programs.ts';
import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const hopByHopHeadersAreRefused: Rule = {
  id: 'PEP-HDR-02',
  level: 'should',
  area: 'interface',
  says: 'start_response refuses a hop-by-hop header.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, The start_response() Callable, on hop-by-hop features', 'PEP 3333, Other HTTP Features'],
  why: 'The connection belongs to the server; an application that speaks about it can break the requests of others on it.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'has-a-hop-by-hop-header').filter((one) => triedBy(one, 'start_response') !== undefined),
      'no application gave a hop-by-hop header',
      (one) => {
        if (triedBy(one, 'start_response')?.kind === 'raised') return null;
        const isSent = headerOf(one.received.received.headers, 'keep-alive')?.includes('99') ?? false;
        const then = isSent ? 'sends it' : 'does not send it';
        return {
          says: `the server takes the header Keep-Alive of ${one.request} and ${then}; ${answerOf(one)}`,
          seqs: shownBy(one),
        };
      },
    ),
};
