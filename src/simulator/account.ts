/** As whom a simulated process runs: every user and every group that a configuration names is there. */
import type { GroupSurroundings, ServerSurroundings } from '../../spec/serving/surroundings.ts';
import type { Account, Numbered } from '../../spec/trace.ts';
import { md5 } from './md5.ts';
import { plainEndowment } from './plain-endowment.ts';

/** @param group - Undefined for the children. */
export function accountOf(
  server: Pick<ServerSurroundings, 'user' | 'group'>,
  group: Pick<GroupSurroundings, 'user' | 'group' | 'supplementaryGroups'> | undefined,
): Account {
  const user = group?.user ?? server.user;
  const main = group?.group ?? server.group;
  const own = main === null ? plainEndowment.account.group : numbered(main);
  const list = group?.supplementaryGroups?.split(',') ?? [];
  const others = list.includes('') ? list.slice(0, list.indexOf('')) : list;
  return {
    user: user === null ? plainEndowment.account.user : numbered(user),
    group: own,
    groups: [own, ...others.map(numbered)],
  };
}

/** A name gets any number of its own. */
const numbered = (written: string): Numbered =>
  written.startsWith('#')
    ? { id: Number.parseInt(written.slice(1), 10) || 0, name: null }
    : { id: 1000 + Number.parseInt(md5(written).slice(0, 4), 16), name: written };
