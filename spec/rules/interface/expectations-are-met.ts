import { programs } from '../../programs.ts';
import { judgeEach, type Rule } from '../rule.ts';
import {
  answerOf,
  type Finished,
  type Performance,
  performanceKinds,
  performances,
  shownBy,
  triedBy,
} from './performances.ts';

export const expectationsAreMet: Rule = {
  id: 'PEP-EXPECT-01',
  level: 'must',
  area: 'interface',
  says: 'A server of HTTP/1.1 supports Expect: 100-continue so that the application reads the body as if the client had not waited.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, HTTP 1.1 Expect/Continue'],
  why: 'curl and many libraries wait before they send a large body; an upload that fails only then is hard to find.',
  judge: ({ trace }) =>
    judgeEach(expecting(performances(trace)), 'no client of a server of HTTP/1.1 waited to be told 100', (one) => {
      const read = triedBy(one, 'input.read(10)');
      if (read?.kind === 'returned' && read.shows === programs['reads-after-continue'].body) return null;
      return {
        says: `the client of ${one.request} waits to be told 100, and the application does not get its body: ${answerOf(one)}`,
        seqs: shownBy(one),
      };
    }),
};

/** A refusal before the application is reached counts, where it is that of the expectation; HTTP/1.0 has none. */
const expecting = (all: readonly Performance[]): readonly Finished[] =>
  all.filter(
    (one): one is Finished =>
      one.program === 'reads-after-continue' &&
      one.received !== null &&
      (one.isEntered || one.received.received.status === 417) &&
      !one.received.received.statusLine?.startsWith('HTTP/1.0'),
  );
