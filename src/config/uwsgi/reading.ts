/** What one reading of a uWSGI configuration knows while it goes on: where it runs, and what it has found wrong. */
import type { UwsgiRelease } from '../../../spec/deployments/uwsgi.ts';
import type { Diagnostic, Position, Severity } from '../diagnostic.ts';
import type { DiagnosticCode } from '../diagnostic-codes.ts';
import type { ConfigSource } from '../source.ts';
import type { UwsgiMachine } from './machine.ts';

/** What one finding is about. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly fix: string;
}

export interface ReadingSetup {
  readonly release: UwsgiRelease;
  readonly source: ConfigSource;
  /** What `$(NAME)` and `if-env` ask for. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** An absolute path. */
  readonly workingDirectory: string;
  readonly machine: UwsgiMachine;
}

export class Reading {
  readonly release: UwsgiRelease;
  readonly source: ConfigSource;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly machine: UwsgiMachine;
  readonly diagnostics: Diagnostic[] = [];
  /** Set by the first thing that uWSGI refuses while it reads: it exits there, and reads no further. */
  stopped = false;

  constructor(setup: ReadingSetup) {
    this.release = setup.release;
    this.source = setup.source;
    this.environment = setup.environment;
    this.workingDirectory = setup.workingDirectory;
    this.machine = setup.machine;
  }

  report(severity: Severity, at: Position, finding: Finding): void {
    const { file, line, column } = at;
    this.diagnostics.push({ ...finding, severity, file, line, column });
  }

  stop(at: Position, finding: Finding): void {
    this.report('error', at, finding);
    this.stopped = true;
  }
}
