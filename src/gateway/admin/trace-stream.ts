/** A trace while it happens: one line for each event, to one reader. */
import type { TraceHeader } from '../../render/trace-text.ts';
import { traceHeaderLine } from '../../render/trace-text.ts';
import type { Audience } from '../audience.ts';

/**
 * Writes the header, then every event from now on.
 * @param write - Takes whole lines.
 * @param now - Milliseconds since the gateway started.
 * @returns a function that ends this.
 */
export function streamTrace(
  audience: Audience,
  header: TraceHeader,
  write: (line: string) => void,
  now: () => number,
): () => void {
  let seq = 0;
  write(traceHeaderLine(header));
  return audience.hearEverything((happening) =>
    write(`${JSON.stringify({ seq: ++seq, at: Math.round(now()), ...happening })}\n`),
  );
}
