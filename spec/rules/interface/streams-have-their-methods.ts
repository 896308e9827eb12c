import type { ProgramCall } from '../../programs.ts';
import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, errorOf, finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const streamsHaveTheirMethods: Rule = {
  id: 'PEP-IO-01',
  level: 'must',
  area: 'interface',
  says: 'wsgi.input gives bytes by read, readline, readlines and iteration, and wsgi.errors takes text by write, writelines and flush.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Input and Error Streams'],
  why: 'Parsers of forms and uploads pick any of these methods, and a logger any of the others.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'uses-both-streams').flatMap((one) => [
        ...[...reading].map(([call, shows]) => ({ one, call, shows })),
        ...writing.map((call) => ({ one, call, shows: null })),
      ]),
      'no application used its streams',
      ({ one, call, shows }) => {
        const tried = triedBy(one, call);
        const seqs = shownBy(one);
        if (tried === undefined) return { says: `${call} of ${one.request} did not return: ${answerOf(one)}`, seqs };
        if (tried.kind === 'raised') return { says: `${call} of ${one.request} raises ${errorOf(tried)}`, seqs };
        if (shows === null || tried.shows === shows) return null;
        const what = tried.shows === null ? `is of type ${tried.type}` : JSON.stringify(tried.shows);
        return { says: `${call} of ${one.request} gives ${what}, not the bytes ${JSON.stringify(shows)}`, seqs };
      },
    ),
};

/** What each gives of the body, one after the other. */
const reading: ReadonlyMap<ProgramCall, string> = new Map([
  ['input.read(2)', 'fi'],
  ['input.readline()', 'rst\n'],
  ['next(iter(input))', 'second\n'],
  ['input.readlines()', 'third\nfourth\n'],
] as const);
const writing: readonly ProgramCall[] = ['errors.write(text)', 'errors.writelines(texts)', 'errors.flush()'];
