import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, finished, isRefused, performanceKinds, shownBy } from './performances.ts';

export const brokenResponsesLookBroken: Rule = {
  id: 'PEP-ERR-02',
  level: 'should',
  area: 'interface',
  says: 'A client can tell that a response was cut short by an error of the application.',
  appliesTo: ['any-wsgi-server'],
  needs: [...performanceKinds, 'response.progressed'],
  source: ['PEP 3333, Error Handling', 'RFC 9112, section 8, Handling Incomplete Messages'],
  why: 'Half a file that looks whole is stored by caches and believed by programs.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'raises-after-its-first-block', 'changes-its-mind-after-output').filter(
        ({ progressed, told }) =>
          progressed.length > 0 &&
          !told.some(
            (event) =>
              event.told.what === 'tried' &&
              event.told.call === 'start_response again' &&
              event.told.outcome.kind === 'returned',
          ),
      ),
      'no application raised when its client had a part of the response',
      (one) => {
        if (isRefused(one.received.received)) return null;
        const how =
          one.received.received.endsBy === 'close' ? ', where only the end of the connection tells the end' : '';
        return { says: `${one.request} raises after its first block, and ${answerOf(one)}${how}`, seqs: shownBy(one) };
      },
    ),
};
