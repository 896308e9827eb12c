/** What one reading of a configuration knows while it goes on: definitions, modules, files, and what it has found wrong. */
import type { ModWsgiRelease } from '../../../spec/deployments/apache.ts';
import type { Diagnostic, Severity } from '../diagnostic.ts';
import type { DiagnosticCode } from '../diagnostic-codes.ts';
import type { ConfigSource } from '../source.ts';
import type { Modules } from './modules.ts';
import { positionAt, type SourceFile } from './placed.ts';

/** What one finding is about. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly fix: string;
}

export interface ReadingSetup {
  readonly modWsgi: ModWsgiRelease;
  readonly source: ConfigSource;
  readonly modules: Modules;
  readonly defines: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly serverRoot: string;
}

export class Reading {
  readonly modWsgi: ModWsgiRelease;
  readonly source: ConfigSource;
  readonly modules: Modules;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly diagnostics: Diagnostic[] = [];
  /** What IfDefine asks for. */
  readonly defines: Set<string>;
  /** What `${NAME}` stands for, by name in lower case: Apache keeps them in a table that ignores case. */
  readonly variables = new Map<string, string>();
  serverRoot: string;
  includeDepth = 0;
  /** How many conditions are open around what is being read. */
  conditionDepth = 0;
  /** Set by the first error in the structure of the text: Apache reads no further, and neither may anybody here. */
  stopped = false;

  constructor(setup: ReadingSetup) {
    this.modWsgi = setup.modWsgi;
    this.source = setup.source;
    this.modules = setup.modules;
    this.environment = setup.environment;
    this.defines = new Set(setup.defines);
    this.serverRoot = setup.serverRoot;
  }

  report(severity: Severity, file: SourceFile, offset: number, finding: Finding): void {
    this.diagnostics.push({ ...finding, severity, ...positionAt(file, offset) });
  }

  /** Reports an error after which the text cannot be read any further. */
  stop(file: SourceFile, offset: number, finding: Finding): void {
    this.report('error', file, offset, finding);
    this.stopped = true;
  }
}
