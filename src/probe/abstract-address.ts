/** Addresses of Unix sockets in Linux's abstract namespace: no file is made, so none is left whatever ends the program. */
import { randomBytes } from 'node:crypto';

/** Whether this system has the namespace. */
export const hasAbstractAddresses = process.platform === 'linux';

/**
 * A fresh address, beginning with NUL. It fills the whole of `sun_path` (108 bytes): some versions of libuv pad a
 * shorter name with NULs, and Python, which does not, would then look for another name.
 */
export const abstractAddress = (): string => `\0wsgiscope-${randomBytes(64).toString('hex')}`.slice(0, 108);
