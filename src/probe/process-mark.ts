/** Processes as the probe names them, seen from outside: by their pid and the time at which they began. */
import { existsSync } from 'node:fs';
import type { Mark } from '../../spec/trace.ts';
import { readProc } from './read-proc.ts';

/** Whether this system shows its processes to whoever looks. */
export const canSeeProcesses: boolean = existsSync('/proc/self/stat');

/**
 * The mark that the probe in a process reports; null where there is no such process, or where it has ended and nobody
 * has reaped it yet. Where processes cannot be seen the pid alone is the mark, as it is for the probe.
 */
export function markOf(pid: number): Mark | null {
  if (!canSeeProcesses) return `${pid}@` as Mark;
  const fields = statOf(pid);
  return fields === null || isDead(fields) ? null : (`${pid}@${fields[19]}` as Mark);
}

/** The mark of a child of this process, which may have ended already and cannot be reaped before this process hears of it. */
export function spawnedMark(pid: number): Mark | null {
  const began = canSeeProcesses ? startTimeOf(pid) : '';
  return began === null ? null : (`${pid}@${began}` as Mark);
}

/** When a process began, in clock ticks since boot; null where it is gone and reaped. */
export const startTimeOf = (pid: number): string | null => statOf(pid)?.[19] ?? null;

/**
 * The fields of /proc/PID/stat behind the command name: state, parent, group, …; null where there is no such process.
 * Source: proc(5).
 */
export function statOf(pid: number): readonly string[] | null {
  try {
    const stat = readProc(`/proc/${pid}/stat`);
    // The command name may itself hold blanks and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/**
 * A process whose first thread has ended is shown as a zombie while others still end, and with them its sockets close.
 * Source: proc(5), /proc/PID/stat, num_threads.
 */
const isDead = (fields: readonly string[]): boolean =>
  fields[0] === 'X' || (fields[0] === 'Z' && Number(fields[17]) <= 1);
