/** How long an Apache child waits for a daemon process and for its client. Source: mod_wsgi 4.9.4, wsgi_connect_daemon and wsgi_transfer_response. */
import type { DaemonGroup } from './deployment.ts';
import { fromSeconds, type Millis } from './vocabulary.ts';

/** Apache's own Timeout where it is not set; the model does not know the directive. Source: httpd 2.4, DEFAULT_TIMEOUT. */
const apacheTimeout = fromSeconds(60);

/** The longest silence of a daemon process towards the child that waits for it. */
export const daemonSilence = ({ socketTimeout }: DaemonGroup): Millis =>
  socketTimeout > 0 ? socketTimeout : apacheTimeout;
