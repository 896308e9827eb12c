/** How a command takes its place on the command line. */
import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { Shell } from './shell.ts';

export interface CommandPlace {
  readonly program: Command;
  readonly shell: Shell;
  /** Says how the command ended; a command that says nothing ended well. */
  readonly finish: (code: ExitCode) => void;
}

/** Adds one command to the program. What it needs beyond the command line it imports when it runs. */
export type AddCommand = (place: CommandPlace) => void;

/**
 * The user or the machine must do something before the command can work; the message says what, without a stack trace.
 * Lines after the first say how, beginning with `fix: `.
 */
export class Obstacle extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
