/** How long a connection is kept for further requests. Sources: httpd 2.4, http_core.c; http_protocol.c, ap_set_keepalive. */
import type { ApacheDeployment } from '../deployments/apache.ts';
import { fromSeconds, type Millis } from '../vocabulary.ts';

export interface KeepAlive {
  readonly isOn: boolean;
  /** How long an idle connection is kept; 0 keeps none. */
  readonly timeout: Millis;
  /** Responses after which a connection is still open; 0 is any number. The response after the last of them closes it. */
  readonly maxRequests: number;
}

/** Source: httpd 2.4, httpd.h and http_core.c, `DEFAULT_KEEPALIVE_TIMEOUT` and `DEFAULT_KEEPALIVE`. */
export const defaultKeepAlive: KeepAlive = { isOn: true, timeout: fromSeconds(5), maxRequests: 100 };

/** What the main server says; a virtual host that says otherwise is taken for it. */
export const keepAliveOf = ({ keepAlive }: ApacheDeployment): KeepAlive => keepAlive ?? defaultKeepAlive;
