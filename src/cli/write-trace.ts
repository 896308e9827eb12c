/** Writes the trace of a run where the user asked for it. */
import { writeFileSync } from 'node:fs';
import type { Trace } from '../../spec/trace.ts';
import { type TraceHeader, traceText } from '../render/trace-text.ts';
import { Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';

/** @throws Obstacle when the file cannot be written. */
export function writeTrace(file: string, header: TraceHeader, trace: Trace): void {
  try {
    writeFileSync(file, traceText(header, trace));
  } catch (error) {
    const reason = (error as Error).message;
    throw new Obstacle(exitCodes.undecided, `the trace cannot be written: ${reason}\nfix: name a file that can be`);
  }
}
