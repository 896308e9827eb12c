/** What `verify` and `simulate` do to a deployment, whichever server it is for. */
import { type Extent, type Situation, situationsOf } from '../probe/situations.ts';
import { workerSituationsOf } from '../probe/worker-situations.ts';
import type { AcceptedConfiguration } from './accepted-configuration.ts';

export const allSituations = (accepted: AcceptedConfiguration, extent?: Extent): readonly Situation[] =>
  accepted.kind === 'apache'
    ? situationsOf(accepted.deployment, accepted.world, extent)
    : workerSituationsOf(accepted.deployment, undefined, extent);
