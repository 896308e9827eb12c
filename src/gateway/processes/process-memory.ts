/** How much memory a process has. */
import { readFileSync } from 'node:fs';

/** In bytes: what is in memory now, and how much it has addresses for. */
export interface ProcessMemory {
  readonly resident: number;
  readonly addressed: number;
}

/**
 * Null where the operating system does not tell, or the process has just ended.
 * Source: proc(5), /proc/pid/status, VmRSS and VmSize.
 */
export function memoryOf(pid: number): ProcessMemory | null {
  if (process.platform !== 'linux' || pid === 0) return null;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024;
    return { resident: bytes('VmRSS'), addressed: bytes('VmSize') };
  } catch {
    return null;
  }
}
