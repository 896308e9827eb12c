/** How long a server may be short of a process, in ms: its parent learns of the end at once, but the machine may be slow. */
export const replacementPatience = 5000;
