/** Lines to standard output or standard error, where `-` stands in the place of a file. */
import type { LineSink } from './line-sink.ts';

export const standardStream = (write: (text: string) => void): LineSink => ({
  write,
  reopen: () => {}, // Nobody can move it away.
  close: async () => {},
});
