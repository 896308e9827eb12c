#!/usr/bin/env node
/** The program `wsgiscope`. */
import { runProgram } from './program.ts';
import { processShell } from './shell.ts';

// A reader that has seen enough, such as head, closes the pipe: that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runProgram(process.argv.slice(2), processShell());
