/** What the exit code of every command means. Programs rely on it. */
export const exitCodes = {
  /** Everything asked for was done, and nothing is against it. */
  fine: 0,
  /** The configuration has errors, a rule failed, or a prediction was wrong. */
  refused: 1,
  /** Nothing could be decided: the command line says too little or too much, or this machine lacks something. */
  undecided: 2,
  /** wsgiscope itself broke. That is a bug, never the fault of what was asked. */
  broken: 3,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
