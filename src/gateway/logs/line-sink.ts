/** Where lines are added, one after the other: a log, or a trace. */
export interface LineSink {
  /** @param line - With its line break. */
  write(line: string): void;
  /** Goes on in a new file of that name: the old one was moved away. */
  reopen(): void;
  /** Resolves when what is left is written; nothing may be written after it. */
  close(): Promise<void>;
}
