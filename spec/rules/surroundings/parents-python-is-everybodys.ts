import type { DaemonGroup } from '../../deployments/apache.ts';
import { entriesOf, firstOfEach } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

export const parentsPythonIsEverybodys: ApacheRule = {
  id: 'CONF-LAZY-01',
  level: 'must',
  area: 'surroundings',
  says: 'With WSGILazyInitialization Off Python begins once, in the parent of all processes, so that the python-home of a process group changes nothing: all processes have one installation.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, wsgi_interp.c, wsgi_python_init, and mod_wsgi.c, wsgi_hook_init',
    'mod_wsgi manual, WSGILazyInitialization',
  ],
  until: '5',
  why: 'Two sites that were to have different packages silently get the same.',
  judge: ({ deployment, trace }) => {
    if (deployment.surroundings.lazyInitialization)
      return { kind: 'not-exercised', because: 'Python begins in each process' };
    const homeOf = (processGroup: string | null): DaemonGroup['pythonHome'] =>
      deployment.daemons.find(({ name }) => name === processGroup)?.pythonHome ?? deployment.surroundings.pythonHome;
    const seen = firstOfEach(entriesOf(trace), (entry) => entry.seen.process);
    const [first] = seen;
    return judgeEach(
      seen.filter((entry) => first && homeOf(entry.seen.processGroup) !== homeOf(first.seen.processGroup)),
      'no two processes were seen of which different homes of Python are said',
      (entry) =>
        first && entry.seen.given.pythonPrefix !== first.seen.given.pythonPrefix
          ? {
              says: `process ${entry.seen.pid} has the Python of ${entry.seen.given.pythonPrefix}, and process ${first.seen.pid} that of ${first.seen.given.pythonPrefix}`,
              seqs: [first.seq, entry.seq],
            }
          : null,
    );
  },
};
