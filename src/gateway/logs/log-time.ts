/** Times as Apache writes them. */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A moment where the server is. */
export interface LocalTime {
  /** Milliseconds since the epoch, with fractions where they are known. */
  readonly epoch: number;
  /** Minutes east of UTC. */
  readonly offset: number;
}

/** @param epoch - Milliseconds since the epoch. */
export const localTime = (epoch: number): LocalTime => ({ epoch, offset: -new Date(epoch).getTimezoneOffset() });

/** `[18/Sep/2011:19:18:28 -0400]`. Source: mod_log_config.c, log_request_time. */
export const clfTime = (time: LocalTime): string => `[${strftime('%d/%b/%Y:%H:%M:%S %z', time)}]`;

/** `Sat Nov 21 10:00:00.123456 2026`. Source: server/log.c, log_ctime; util_time.c, ap_recent_ctime_ex. */
export const errorTime = (time: LocalTime): string =>
  strftime(`%a %b %d %H:%M:%S.${two(Math.floor((time.epoch * 1000) % 1e6), 6)} %Y`, time);

/** The conversions of C's strftime that people use in logs; others stay as they are written. */
export function strftime(format: string, { epoch, offset }: LocalTime): string {
  // The fields of UTC at a moment shifted by the offset are those of the clock on the wall.
  const wall = new Date(epoch + offset * 60_000);
  const hours = wall.getUTCHours();
  const fields: Readonly<Record<string, () => string>> = {
    a: () => days[wall.getUTCDay()] ?? '',
    b: () => months[wall.getUTCMonth()] ?? '',
    d: () => two(wall.getUTCDate()),
    e: () => String(wall.getUTCDate()).padStart(2),
    H: () => two(hours),
    I: () => two(hours % 12 || 12),
    j: () => two(Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0)) / 86_400_000) + 1, 3),
    m: () => two(wall.getUTCMonth() + 1),
    M: () => two(wall.getUTCMinutes()),
    p: () => (hours < 12 ? 'AM' : 'PM'),
    s: () => String(Math.floor(epoch / 1000)),
    S: () => two(wall.getUTCSeconds()),
    y: () => two(wall.getUTCFullYear() % 100),
    Y: () => String(wall.getUTCFullYear()),
    z: () => `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`,
    F: () => strftime('%Y-%m-%d', { epoch, offset }),
    T: () => strftime('%H:%M:%S', { epoch, offset }),
    D: () => strftime('%m/%d/%y', { epoch, offset }),
    '%': () => '%',
  };
  return format.replace(/%(.)/g, (written, letter: string) => fields[letter]?.() ?? written);
}

const two = (n: number, width = 2): string => String(n).padStart(width, '0');
