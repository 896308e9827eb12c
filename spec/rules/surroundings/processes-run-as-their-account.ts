import type { ApacheDeployment } from '../../deployments/apache.ts';
import type { Account, Numbered } from '../../trace.ts';
import { type Entry, entriesOf, firstOfEach } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

/** The user's own groups, without supplementary-groups, are known to the machine alone and are not judged. */
export const processesRunAsTheirAccount: ApacheRule = {
  id: 'CONF-USER-01',
  level: 'must',
  area: 'surroundings',
  says: 'In a server that root started a process runs as the user and the group of its process group, else as User and Group of the server, and with supplementary-groups in these and its own group alone; any other server keeps the account that started it.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_add_daemon_process and wsgi_setup_access',
    'mod_wsgi manual, WSGIDaemonProcess, user=name, group=name and supplementary-groups',
    'httpd 2.4, mod_unixd.c, ap_unixd_setup_child',
  ],
  why: 'It decides which files an application reads and writes, and what the application of one site can do to another.',
  judge: (run) =>
    judgeEach(
      firstOfEach(entriesOf(run.trace), ({ seen }) => JSON.stringify([seen.process, seen.interpreter])).flatMap(
        (entry) => promises(run.deployment, entry).map((promise) => ({ entry, ...promise })),
      ),
      'no process was seen of which is said as whom it runs',
      ({ entry: { request, seen, seq }, says, isKept }) =>
        isKept ? null : { says: `${request.id} found process ${seen.pid} ${says}`, seqs: [seq] },
    ),
};

interface Promised {
  /** What was found, and what was to be. */
  readonly says: string;
  readonly isKept: boolean;
}

function promises({ daemons, surroundings }: ApacheDeployment, { seen }: Entry): readonly Promised[] {
  const { account, startedBy } = seen.given;
  if (startedBy === null) return [];
  const group = daemons.find(({ name }) => name === seen.processGroup);
  const own = {
    user: group?.user ?? surroundings.user,
    group: group?.group ?? surroundings.group,
    others: group?.supplementaryGroups ?? null,
  };
  if (startedBy !== 0) {
    const says = `to be user ${account.user.id}, and user ${startedBy} started the server`;
    const isAsked = own.user !== null || own.group !== null || own.others !== null;
    return isAsked ? [{ says, isKept: account.user.id === startedBy }] : [];
  }
  return [
    ...promised('user', account.user, own.user),
    ...promised('group', account.group, own.group),
    ...(own.others === null ? [] : belongs(account, own.others)),
  ];
}

const promised = (what: string, found: Numbered, wanted: string | null): readonly Promised[] => {
  const isKept = wanted === null ? null : isCalled(found, wanted);
  return isKept === null ? [] : [{ says: `to be ${what} ${shown(found)}, and it was to be ${wanted}`, isKept }];
};

/** The groups in the list up to its first empty name, and the group of the process. Source: wsgi_add_daemon_process, ap_getword. */
function belongs({ group, groups }: Account, list: string): readonly Promised[] {
  const names = list.split(',');
  const wanted = names.includes('') ? names.slice(0, names.indexOf('')) : names;
  const isWanted = (found: Numbered): boolean =>
    found.id === group.id || wanted.some((name) => isCalled(found, name) !== false);
  const isThere = (name: string): boolean => groups.some((found) => isCalled(found, name) !== false);
  const says = `in the groups ${groups.map(shown).join()}, and its supplementary groups are ${list}`;
  return [{ says, isKept: groups.every(isWanted) && wanted.every(isThere) }];
}

/** Null where the machine has no name for it and a name is asked for: it may be the one. Source: httpd 2.4, util.c, ap_uname2id: `#` is a number. */
const isCalled = (found: Numbered, wanted: string): boolean | null =>
  isNumber(wanted)
    ? found.id === Number.parseInt(wanted.slice(1), 10)
    : found.name === null
      ? null
      : found.name === wanted;
const isNumber = (name: string): boolean => name.startsWith('#');
const shown = ({ id, name }: Numbered): string => name ?? `#${id}`;
