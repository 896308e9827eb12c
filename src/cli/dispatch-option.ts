/** `--dispatch`: which process of a group is given a request. */
import { Option } from 'commander';
import { dispatchPolicies } from '../../spec/dispatch/dispatch-policy.ts';

export const dispatchOption = (): Option =>
  new Option(
    '--dispatch <policy>',
    'which process of a group gets a request. Apache and mod_wsgi have no such choice: their processes compete for one socket, and whichever has its turn takes what comes, as here by default. The others are what load balancers do',
  )
    .choices(dispatchPolicies)
    .default(dispatchPolicies[0]);
