/** What uWSGI would ask this machine for. */
import { readFileSync } from 'node:fs';
import { availableParallelism, hostname, userInfo } from 'node:os';
import { someMachine, type UwsgiMachine } from '../config/uwsgi/machine.ts';

export function thisMachine(): UwsgiMachine {
  return { ...someMachine, hostname: hostname(), cpus: availableParallelism(), ...user(), somaxconn: somaxconn() };
}

function user(): Pick<UwsgiMachine, 'uid' | 'gid' | 'user'> {
  try {
    const { uid, gid, username } = userInfo();
    return { uid, gid, user: username };
  } catch {
    // A user without a name, as in some containers: uWSGI takes the number for it.
    const uid = process.getuid?.() ?? 0;
    return { uid, gid: process.getgid?.() ?? 0, user: String(uid) };
  }
}

/** Null where the kernel has no such limit to show: uWSGI looks at it on Linux only. */
function somaxconn(): number | null {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  } catch {
    return null;
  }
}
