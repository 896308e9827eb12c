/** How much a client may send, and how slowly, before an application has anything to say about it. */
import { fromSeconds, type Millis } from '../vocabulary.ts';

/** What stands in the main server; Apache asks it before it knows which virtual host a request is for. */
export interface RequestLimits {
  /** LimitRequestLine: bytes of the request line. */
  readonly line: number;
  /** LimitRequestFieldSize: bytes of one header field, its name included. */
  readonly fieldSize: number;
  /** LimitRequestFields: how many header fields; 0 is no limit. */
  readonly fields: number;
  /** Timeout: how long a connection may stand still in the middle of a request or a response. */
  readonly timeout: Millis;
  /** RequestReadTimeout, `header=`: from the first byte to the end of the head. */
  readonly header: ReadTimeout;
  /** RequestReadTimeout, `body=`: while the body is waited for. */
  readonly body: ReadTimeout;
}

/** How long reading may take. Source: httpd 2.4, mod_reqtimeout.c. */
export interface ReadTimeout {
  /** What every client has; 0 is for ever. */
  readonly initial: Millis;
  /** What a client can earn at most; 0 is no bound. */
  readonly max: Millis;
  /** Bytes that earn one more second; 0: nothing does. */
  readonly minRate: number;
}

/** Without a bound of its own: the server has no mod_reqtimeout. */
export const unhurried: ReadTimeout = { initial: fromSeconds(0), max: fromSeconds(0), minRate: 0 };

/**
 * What holds where a configuration says nothing. Sources: httpd 2.4, httpd.h (DEFAULT_LIMIT_REQUEST_…, DEFAULT_TIMEOUT)
 * and mod_reqtimeout.c (MRT_DEFAULT_…).
 */
export const plainLimits: RequestLimits = {
  line: 8190,
  fieldSize: 8190,
  fields: 100,
  timeout: fromSeconds(60),
  header: { initial: fromSeconds(20), max: fromSeconds(40), minRate: 500 },
  body: { initial: fromSeconds(20), max: fromSeconds(0), minRate: 500 },
};

/** What a client that has sent so many bytes may have taken; null is for ever. Source: mod_reqtimeout.c, extend_timeout. */
export function allowedTime({ initial, max, minRate }: ReadTimeout, bytes: number): Millis | null {
  if (initial === 0) return null;
  const earned = initial + (minRate === 0 ? 0 : (bytes * 1000) / minRate);
  return (max === 0 ? earned : Math.min(max, earned)) as Millis;
}
