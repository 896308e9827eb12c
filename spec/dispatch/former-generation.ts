/** What becomes of a request that a child of before a restart has for a daemon group of after it. */
import type { ApacheDeployment } from '../deployments/apache.ts';

/**
 * The status its client gets: the socket that the child knows is not there any more, or has that name and a process behind
 * it with another key, which drops whatever was not signed with its own.
 *
 * Sources: mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_daemons, `socket_rotation`, wsgi_connect_daemon, wsgi_hook_daemon_handler,
 * "Request origin could not be validated"; the same in 6.0.5, wsgi_daemon.c. Seen with httpd 2.4.71 and mod_wsgi 4.9.4.
 */
export const answerToFormerChild = ({ surroundings }: ApacheDeployment): number =>
  surroundings.socketRotation ? 503 : 500;
