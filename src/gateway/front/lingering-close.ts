/**
 * The end of a connection whose client is still sending a body: what comes is read and dropped for a while. To close on it
 * would reset the connection, and a client may lose a response that way that it has not read yet.
 *
 * Source: httpd 2.4, connection.c, ap_lingering_close.
 */
import type { Intake } from './intake.ts';

/** How long such a client may be silent, and how long all of it may take, in ms: SECONDS_TO_LINGER, MAX_SECS_TO_LINGER. */
const longestSilence = 2000;
const longest = 30_000;
/** The same for a client that was cut off. Source: mod_reqtimeout.c, `short-lingering-close`. */
const longestOfCutOff = 2000;

/** From now on the connection lingers where its last response is over and its client is not. */
export function lingerOnClose(intake: Intake): void {
  const { socket } = intake;
  const destroySoon = socket.destroySoon.bind(socket);
  let isLingering = false;
  // What node:http calls after the last response. Source: lib/_http_server.js, resOnFinish.
  socket.destroySoon = () => {
    if (isLingering || !intake.isInBody) {
      destroySoon();
      return;
    }
    isLingering = true;
    socket.end();
    const end = (): void => {
      socket.destroy();
    };
    const last = setTimeout(end, intake.isOver ? longestOfCutOff : longest).unref();
    socket.setTimeout(longestSilence, end);
    socket.once('end', end);
    socket.once('close', () => clearTimeout(last));
  };
}
