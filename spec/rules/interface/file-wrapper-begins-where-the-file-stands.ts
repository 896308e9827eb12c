import { judgeEach, type Rule } from '../rule.ts';
import { finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const fileWrapperBeginsWhereTheFileStands: Rule = {
  id: 'PEP-FILE-02',
  level: 'should',
  area: 'interface',
  says: 'A wrapped file is sent from the position at which it stands to its end.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Optional Platform-Specific File Handling, on the current position'],
  why: 'The answer to a request for a range is made by moving the file to its beginning.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'wraps-a-file', 'wraps-no-descriptor').filter(
        (one) =>
          triedBy(one, 'file_wrapper(file, size)')?.kind === 'returned' && one.received.received.end === 'complete',
      ),
      'no wrapped file was sent',
      (one) =>
        one.received.received.body === 'after'
          ? null
          : {
              says: `${one.request} returns a file of which 'after' is left, and what is sent is '${one.received.received.body}'`,
              seqs: shownBy(one),
            },
    ),
};
