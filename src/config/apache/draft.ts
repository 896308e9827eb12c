/** The deployment while it is being read. */
import type {
  DaemonGroup,
  FileAlias,
  Preload,
  ScriptAlias,
  Section,
  Settings,
} from '../../../spec/deployments/apache.ts';
import type { Listen } from '../../../spec/deployments/listen.ts';
import type { InterpreterSelector } from '../../../spec/serving/gil.ts';
import { defaultKeepAlive, type KeepAlive } from '../../../spec/serving/keep-alive.ts';
import { plainLimits, type RequestLimits } from '../../../spec/serving/request-limits.ts';
import { plainServer, type ServerSurroundings } from '../../../spec/serving/surroundings.ts';
import { AccessRules } from './access-rules.ts';
import type { Directive } from './build.ts';
import { LogsDraft } from './logs-draft.ts';
import type { SourceFile } from './placed.ts';

/** Where something was written. */
export interface Place {
  readonly file: SourceFile;
  readonly offset: number;
}

/** The settings of one level, and the rules that add up to its `access`. */
export class SettingsDraft {
  readonly values: { -readonly [Key in keyof Settings]: Settings[Key] } = {};
  readonly access = new AccessRules();
  /** The last If, ElseIf or Else at this level: an Else needs one of the first two before it. */
  lastCondition: 'if' | 'elseif' | 'else' | null = null;

  /** The settings as they stand; a level that says nothing about access has none. */
  settings(): Settings {
    const access = this.access.outcome();
    return access === null ? { ...this.values } : { ...this.values, access };
  }
}

export interface SectionDraft extends Omit<Section, 'settings'> {
  readonly draft: SettingsDraft;
}

export class HostDraft {
  readonly index: number;
  serverName: string | null = null;
  serverAdmin: string | undefined;
  serverPort: number | null = null;
  readonly serverAliases: string[] = [];
  readonly addresses: { readonly address: string; readonly port: number | null }[] = [];
  readonly scriptAliases: ScriptAlias[] = [];
  readonly fileAliases: FileAlias[] = [];
  documentRoot: string | null = null;
  readonly settings = new SettingsDraft();
  readonly sections: SectionDraft[] = [];
  readonly logs = new LogsDraft();

  constructor(index: number) {
    this.index = index;
  }

  get isVirtual(): boolean {
    return this.index > 0;
  }
}

/** A group as declared; those that were refused are kept by name, so that what refers to them is not refused as well. */
export interface DaemonDraft {
  readonly host: HostDraft;
  readonly group: DaemonGroup | null;
}

export class Draft {
  readonly hosts: [HostDraft, ...HostDraft[]] = [new HostDraft(0)];
  /** By name, in the order declared. */
  readonly daemons = new Map<string, DaemonDraft>();
  readonly preloads: Preload[] = [];
  readonly listens: Listen[] = [];
  /** Numbers given to the MPM, by the directive's present name. */
  readonly mpm = new Map<string, number>();
  restrictEmbedded = false;
  readonly limits: { -readonly [Key in keyof RequestLimits]: RequestLimits[Key] } = { ...plainLimits };
  keepAlive: KeepAlive = defaultKeepAlive;
  readonly surroundings: { -readonly [Key in keyof ServerSurroundings]: ServerSurroundings[Key] } = { ...plainServer };
  /** What each WSGIInterpreterOptions names. */
  readonly selectors = new Map<Directive, InterpreterSelector>();
  /** Where each part was written, by {@link originKey}. */
  readonly places = new Map<string, Place>();
}
