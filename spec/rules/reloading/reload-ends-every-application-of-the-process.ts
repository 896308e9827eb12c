import { mounted } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { discoveriesOf } from './touches.ts';

export const reloadEndsEveryApplicationOfTheProcess: ApacheRule = {
  id: 'RELOAD-DAEMON-06',
  level: 'must',
  area: 'reloading',
  says: 'In daemon mode a reload ends the whole process, with every other application and interpreter in it.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'act.performed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script'],
  why: 'Two sites in one daemon group are deployed together: a touch of one empties the other’s caches.',
  judge: (run) => {
    const entries = mounted(run, entriesOf(run.trace));
    return judgeEach(
      discoveriesOf(run).flatMap((discovery) => {
        const { touch, request, old, processGroup } = discovery;
        const found = request.observed[0];
        if (!found || found.seen.process === old) return [];
        const neighbours = new Set(
          entries
            .filter(
              (entry) => entry.seq < touch.seq && entry.seen.process === old && entry.mount.script !== touch.script,
            )
            .map(({ mount, seen }) => JSON.stringify([mount.script, seen.applicationGroup])),
        );
        const later = entries.filter(
          (entry) =>
            entry.request.sent.seq > found.seq &&
            entry.seen.processGroup === processGroup &&
            neighbours.has(JSON.stringify([entry.mount.script, entry.seen.applicationGroup])),
        );
        return later.map((entry) => ({ touch, old, entry }));
      }),
      'no other application of a reloaded process was asked for afterwards',
      ({ touch, old, entry }) =>
        entry.seen.process === old
          ? {
              says: `${entry.request.id} still ran in process ${entry.seen.pid} after the reload of ${touch.script}`,
              seqs: [touch.seq, entry.seq],
            }
          : null,
    );
  },
};
