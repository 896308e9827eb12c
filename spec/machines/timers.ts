/** The clock a machine runs on: any world's, as long as a timer of infinite length never fires. */
export interface Clock {
  setTimeout(fire: () => void, delay: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The longest delay that clocks in 32 bits hold; Node fires a longer one at once. */
const longest = 2 ** 31 - 1;

/** A machine's way to say "no deadline": durations of 0 in a configuration are off. */
export const orNever = (duration: number): number => (duration === 0 ? Number.POSITIVE_INFINITY : duration);

/** Gives a host's clock the one property the machines need: an infinite timer is accepted and never fires. */
export const patientClock = (clock: Clock): Clock => ({
  setTimeout: (fire, delay) =>
    delay === Number.POSITIVE_INFINITY ? undefined : clock.setTimeout(fire, Math.min(delay, longest)),
  clearTimeout: (timer) => {
    if (timer !== undefined) clock.clearTimeout(timer);
  },
});
