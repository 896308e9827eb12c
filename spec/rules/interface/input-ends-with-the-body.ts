import type { ProgramCall } from '../../programs.ts';
import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, errorOf, type Finished, finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const inputEndsWithTheBody: Rule = {
  id: 'PEP-IO-02',
  level: 'should',
  area: 'interface',
  says: 'wsgi.input ends with the body: read() gives the rest of it, and a read past its end gives empty bytes and does not wait.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Input and Error Streams, note 1'],
  why: 'A library that reads until nothing comes any more waits for ever on a connection that the client keeps open.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'reads-past-the-end').flatMap((one) => {
        const inTime = toldInTime(one);
        // What waits for ever is told once, and not for each read behind it.
        const stuck = reads.findIndex(([call]) => triedBy(inTime, call) === undefined);
        return reads
          .slice(0, stuck < 0 ? reads.length : stuck + 1)
          .map(([call, shows]) => ({ one, tried: triedBy(inTime, call), call, shows }));
      }),
      'no application read past the end of a body',
      ({ one, tried, call, shows }) => {
        const seqs = shownBy(one);
        if (tried === undefined)
          return { says: `${call} of ${one.request} waits when the body of 3 bytes is there: ${answerOf(one)}`, seqs };
        if (tried.kind === 'raised') return { says: `${call} of ${one.request} raises ${errorOf(tried)}`, seqs };
        if (tried.shows === shows) return null;
        return {
          says: `${call} of ${one.request} gives ${JSON.stringify(tried.shows)}, not ${JSON.stringify(shows)}`,
          seqs,
        };
      },
    ),
};

/** What each gives of a body of three bytes, one after the other. */
const reads: readonly (readonly [ProgramCall, string])[] = [
  ['input.read(10)', 'abc'],
  ['input.read()', ''],
  ['input.read(1)', ''],
];

/** Without what was told only when the client had hung up. */
const toldInTime = (one: Finished): Finished => ({
  ...one,
  told: one.told.filter(({ seq }) => seq < one.received.seq),
});
