/** A script changes while its server runs. */
import { applicationsOf } from '../../spec/deployment.ts';
import type { Step } from '../../spec/scenario.ts';
import type { Situation } from './situations.ts';
import { act, askWorkers, awaitOutcome, awaitReplacement, release, type Server } from './worker-ground.ts';

/** The script changes: nothing happens, unless the server watches it. */
export function touchedScript(server: Server, isWatched: boolean): readonly Situation[] {
  const { deployment } = server;
  const { script } = applicationsOf(deployment)[0];
  const before = askWorkers(server);
  const [first] = before;
  if (!first) return [];
  return [
    {
      name: `${script} is touched`,
      steps: [
        ...before,
        act({ kind: 'touch', script }),
        ...(isWatched ? [awaitReplacement(first)] : []),
        ...(deployment.kind === 'uwsgi' ? longEnough(server) : []),
        ...askWorkers(server),
      ],
    },
  ];
}

/** Until a master that looks at files once a second has looked. */
function longEnough({ to, asking }: Server): readonly Step[] {
  const held = asking.hold(to);
  return [held, awaitOutcome(held, 2000), release([held])];
}
