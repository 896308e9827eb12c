import { titleOf } from '../../serving/surroundings.ts';
import { type Entry, entriesOf, firstOfEach } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';

export const displayNameIsTheTitle: ApacheRule = {
  id: 'CONF-DAEMON-04',
  level: 'must',
  area: 'surroundings',
  says: 'display-name changes nothing but the title of the processes, where %{GROUP} is (wsgi:NAME) and what is too long is cut; without it the title stays that of the server.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_setup_daemon_name'],
  why: 'It is how ps, top and a monitor tell the processes of one site from those of another.',
  judge: (run) => {
    const titled = entriesOf(run.trace).flatMap((entry) => {
      const { title } = entry.seen;
      return title === null ? [] : [{ ...entry, title, wanted: wantedTitle(run, entry) }];
    });
    const plain = titled.find(({ wanted }) => wanted === null);
    const inDaemons = titled.filter(({ seen, wanted }) => seen.processGroup !== '' && isAscii(wanted ?? ''));
    return judgeEach(
      firstOfEach(inDaemons, ({ seen, title }) => JSON.stringify([seen.process, title])),
      'no daemon process showed its title',
      ({ seen, seq, title, wanted }) => {
        const who = `process ${seen.pid} of '${seen.processGroup}' is called '${title}'`;
        if (wanted === null) {
          if (title.startsWith('(wsgi:')) return { says: `${who}, and has no display-name`, seqs: [seq] };
          return plain && plain.title !== title
            ? { says: `${who}, and another without a display-name '${plain.title}'`, seqs: [plain.seq, seq] }
            : null;
        }
        const isCut = title !== '' && wanted.startsWith(title);
        return isCut || title === wanted.trimEnd()
          ? null
          : { says: `${who}, and its display-name is '${wanted}'`, seqs: [seq] };
      },
    );
  },
};

function wantedTitle({ deployment }: ApacheRun, { seen }: Entry): string | null {
  const group = deployment.daemons.find(({ name }) => name === seen.processGroup);
  return group ? titleOf(group) : null;
}

/** Anything else is cut in the middle of a letter, and shown in the locale of who looks. */
const isAscii = (text: string): boolean => /^[ -~]*$/.test(text);
