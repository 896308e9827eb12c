/**
 * How long a server may be short of a process, in ms: its parent learns of the end at once, but a machine with much to do
 * starts a process late.
 */
export const replacementPatience = 10_000;
