/** Which signals an Apache child hears that are sent to it alone. */
import type { Mpm } from '../deployments/apache.ts';

/**
 * Whether a child does nothing when it is sent SIGTERM, SIGINT, SIGHUP or SIGUSR1: its threads block them, and SIGTERM meets a
 * handler that does nothing; it goes when the parent says so by a pipe. A child of prefork leaves at SIGTERM. Sources: httpd
 * 2.4, worker.c and event.c, child_main and dummy_signal_handler; prefork.c, just_die. Probed with httpd 2.4.71.
 */
export const isDeaf = (mpm: Mpm): boolean => mpm !== 'prefork';
