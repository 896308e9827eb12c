/** The longest queue of a listening socket, net.core.somaxconn. */

/** What Linux allows unless told otherwise: before 5.4, and since. */
export const usualSomaxconn = { before: 128, now: 4096 } as const;

/** No kernel allows more: it keeps the number in 32 bits with a sign. Source: Linux, net/core/sysctl_net_core.c. */
export const mostSomaxconn = 2 ** 31 - 1;
