/** Traps in names of processes. */
import { programOfDebian, shownTitle, titleOf } from '../../../spec/serving/surroundings.ts';
import type { Hazard } from './hazard.ts';

export const displayNameTruncated: Hazard = {
  code: 'HAZ091',
  title: 'display-name is cut',
  explanation:
    'mod_wsgi writes the name over the first argument of the Apache program, which cannot grow: /usr/sbin/apache2 leaves 17 characters. %{GROUP} stands for (wsgi:NAME), so that names beyond 10 characters lose their end, and groups that differ only there look alike in ps.',
  source: 'rule CONF-DAEMON-04; mod_wsgi 4.9.4, wsgi_setup_daemon_name',
  find: ({ deployment, place }) =>
    deployment.daemons.flatMap((group) => {
      const title = titleOf(group);
      if (title === null || title.length <= programOfDebian.length) return [];
      return [
        {
          at: place(
            { kind: 'daemon-option', name: group.name, option: 'display-name' },
            { kind: 'daemon', name: group.name },
          ),
          severity: 'info' as const,
          message: `ps shows the processes of '${group.name}' as '${shownTitle(group)}': the title is cut to the length of ${programOfDebian}`,
          fix: `write a display-name of at most ${programOfDebian.length} characters`,
        },
      ];
    }),
};
