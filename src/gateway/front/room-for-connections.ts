/** How many connections there may be before the process runs out of descriptors. */
import { readdirSync, readFileSync } from 'node:fs';

/** Descriptors kept for files that are served and for processes that are replaced. */
const kept = 64;

/**
 * What the limit of open files leaves for connections, beside what is open now; where nobody tells (only Linux does),
 * there is no limit. Node raises the soft limit to the hard one when it starts.
 */
export function roomForConnections(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(1, Number(limit) - readdirSync('/proc/self/fd').length - kept);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
