/**
 * How much later than another one an event may be written down, in ms: whoever looks at processes from outside sees them
 * when he looks, and a busy machine lets him look seldom. What is judged to come too soon must be so by more than that.
 */
export const lateness = 250;
