/**
 * When an Apache child tries to connect to a daemon group whose queue is full. It sleeps between attempts, so that a
 * place that becomes free stays free until the next attempt of somebody. Times are in ms since the first attempt.
 * Source: mod_wsgi 4.9.4, 5.0.2 and 6.0.5, wsgi_connect_daemon.
 */

const shortPause = 125;
const longPause = 1000;
/** From here on pauses are long. */
const patience = 2000;

/** The first attempt that is not before `waited`. */
export const attemptFrom = (waited: number): number =>
  waited <= patience
    ? Math.ceil(waited / shortPause) * shortPause
    : patience + Math.ceil((waited - patience) / longPause) * longPause;

/** The last attempt: when it fails as well, the client gets 503. Only a failed attempt looks at connect-timeout. */
export const lastAttempt = (connectTimeout: number): number => attemptFrom(connectTimeout);

/**
 * How many connections wait for a group at most. Linux keeps one more than it is asked for: a socket is full when more
 * than its backlog wait. Source: Linux, net/unix/af_unix.c, unix_recvq_full; probed with mod_wsgi 4.9.4: listen-backlog=1
 * and one thread take three requests at once.
 */
export const queueDepth = (listenBacklog: number): number => listenBacklog + 1;
