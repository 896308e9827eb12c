import { judgeEach, type Rule } from '../rule.ts';
import { finished, performanceKinds, shownBy } from './performances.ts';

/** One block more than fills it may be asked for: without that no server could tell that there are too many bytes. */
export const iterationEndsWithTheContent: Rule = {
  id: 'PEP-BODY-05',
  level: 'should',
  area: 'interface',
  says: 'When a block goes beyond Content-Length, no further block is asked for.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Handling the Content-Length Header'],
  why: 'What the client cannot get need not be made.',
  judge: ({ trace }) =>
    judgeEach(finished(trace, 'yields-too-much'), 'no application yielded more than its Content-Length', (one) => {
      const asked = one.told.filter(({ told }) => told.what === 'asked' && told.block > 2);
      if (asked.length === 0) return null;
      return {
        says: `${one.request} is asked for ${asked.length} more blocks behind one that went beyond its Content-Length`,
        seqs: shownBy(one),
      };
    }),
};
