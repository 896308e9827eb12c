import { programs } from '../../programs.ts';
import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, errorOf, type Finished, finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const fileWrapperIsAnIterable: Rule = {
  id: 'PEP-FILE-01',
  level: 'must',
  area: 'interface',
  says: 'wsgi.file_wrapper, where there is one, makes an iterable of any file, sends nothing until that is returned, and passes close() on to the file.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Optional Platform-Specific File Handling'],
  why: 'Frameworks use it wherever it is there, also for files in memory, and middleware may throw the wrapper away.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'wraps-a-file', 'wraps-no-descriptor', 'drops-its-wrapper').filter(
        (one) => triedBy(one, 'file_wrapper(file, size)') !== undefined,
      ),
      'no application found a wsgi.file_wrapper',
      (one) => {
        const fault = faultOf(one);
        return fault === null
          ? null
          : { says: `${one.request} ${programs[one.program].does}: ${fault}`, seqs: shownBy(one) };
      },
    ),
};

function faultOf(one: Finished): string | null {
  const wrapped = triedBy(one, 'file_wrapper(file, size)');
  if (wrapped?.kind === 'raised') return `the wrapper raises ${errorOf(wrapped)}`;
  if (!wrapped?.is.iterable) return `a ${wrapped?.type} is no iterable`;
  const { body, end } = one.received.received;
  const isDropped = one.program === 'drops-its-wrapper';
  // From where in the file it is sent is another rule's question.
  const isSent = isDropped ? body === 'dropped' : body !== '' && 'before;after'.includes(body);
  if (!isSent || end !== 'complete') return `${answerOf(one)}, not the whole of what was returned`;
  if (isDropped || one.told.some(({ told }) => told.what === 'closed' && told.of === 'file')) return null;
  return 'the file is never closed';
}
