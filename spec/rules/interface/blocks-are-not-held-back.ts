import { judgeEach, type Rule } from '../rule.ts';
import { finished, performanceKinds } from './performances.ts';

export const blocksAreNotHeldBack: Rule = {
  id: 'PEP-BODY-01',
  level: 'must',
  area: 'interface',
  says: 'Each block of a body reaches the client however long the application takes for the next one.',
  appliesTo: ['any-wsgi-server'],
  needs: [...performanceKinds, 'response.progressed'],
  source: ['PEP 3333, Buffering and Streaming', 'PEP 3333, Specification Details, on yielded bytestrings'],
  why: 'A page of progress, a long poll or an event stream hangs where a server waits for more before it sends.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'awaits-receipts', 'awaits-receipts-of-what-it-writes').flatMap((one) =>
        one.told.flatMap((event) => {
          const { told, seq } = event;
          if (told.what !== 'asked' || told.awaits === null || told.awaits === 0) return [];
          // It goes on sooner or later; what it tells then ends the time that the block had.
          const next = one.told.find((later) => later.seq > seq);
          return next ? [{ one, seq, awaits: told.awaits, block: told.block - 1, until: next.seq }] : [];
        }),
      ),
      'no application waited until its client had a block',
      ({ one, seq, awaits, block, until }) =>
        one.progressed.some((event) => event.bytes >= awaits && event.seq > seq && event.seq < until)
          ? null
          : {
              says: `block ${block} of ${one.request} did not reach the client while the application waited for that`,
              seqs: [seq, until],
            },
    ),
};
