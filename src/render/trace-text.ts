/** A trace as a file: NDJSON, the first line a header, then one event per line as in `spec/trace.ts`. */
import type { Trace } from '../../spec/trace.ts';

export interface TraceHeader {
  /** The world that was run. */
  readonly world: string;
  /** The configuration, as the user named it. */
  readonly configuration: string;
  /** What chance was drawn from; null where a world has its own. */
  readonly seed: number | null;
}

/** The version of this form. Readers refuse what they do not know. */
export const traceVersion = 1;

/** The first line. `token` names the run: world, seed and configuration make it again where the world allows it. */
export function traceHeaderLine(header: TraceHeader): string {
  const { world, seed, configuration } = header;
  const token = [world, seed ?? '-', configuration].join(':');
  return `${JSON.stringify({ kind: 'header', version: traceVersion, token, ...header })}\n`;
}

/** The whole file. */
export const traceText = (header: TraceHeader, trace: Trace): string =>
  traceHeaderLine(header) + trace.map((event) => `${JSON.stringify(event)}\n`).join('');
