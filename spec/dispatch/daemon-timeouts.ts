/** How long an Apache child waits for a daemon process and for its client. Source: mod_wsgi 4.9.4, wsgi_connect_daemon and wsgi_transfer_response. */
import type { DaemonGroup } from '../deployments/apache.ts';
import type { RequestLimits } from '../serving/request-limits.ts';
import type { Millis } from '../vocabulary.ts';

/** The longest silence of a daemon process towards the child that waits for it: Apache's own Timeout where the group says nothing. */
export const daemonSilence = ({ socketTimeout }: DaemonGroup, { timeout }: RequestLimits): Millis =>
  socketTimeout > 0 ? socketTimeout : timeout;
