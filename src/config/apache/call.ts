/** One directive being carried out in the second pass: what it says, where it stands, and how it answers. */
import type { Subject } from '../origins.ts';
import { originKey } from '../origins.ts';
import type { AccessRules } from './access-rules.ts';
import type { Directive } from './build.ts';
import type { Draft, HostDraft, SettingsDraft } from './draft.ts';
import type { MethodSet } from './method-set.ts';
import { offsetOf } from './placed.ts';
import type { Finding, Reading } from './reading.ts';
import type { Word } from './words.ts';

/** Where a directive stands. */
export interface Scope {
  readonly host: HostDraft;
  /** `server` is outside every section; `authorization` is inside a RequireAll or its like, where little is allowed. */
  readonly level: 'server' | 'directory' | 'authorization';
  /** What the directives here set; a part the model leaves out has settings that nobody reads. */
  readonly settings: SettingsDraft;
  readonly access: Pick<AccessRules, 'required'>;
  /** How several Requires here combine. */
  readonly requires: 'any' | 'all' | 'none';
  /** Index into the host's sections; null outside every section, or in one that the model leaves out. */
  readonly section: number | null;
  readonly isModelled: boolean;
  /** Inside Limit, LimitExcept or a Require container. */
  readonly isLimited: boolean;
  /** The methods it is about. */
  readonly methods: MethodSet;
  /** The sections around, outermost first, as written. */
  readonly around: readonly Directive[];
}

export class Call {
  readonly reading: Reading;
  readonly draft: Draft;
  readonly directive: Directive;
  readonly scope: Scope;
  readonly words: readonly Word[];
  /** Carries out the directives inside a section. */
  readonly walkChildren: (scope: Scope) => void;

  constructor(parts: Pick<Call, 'reading' | 'draft' | 'directive' | 'scope' | 'words' | 'walkChildren'>) {
    this.reading = parts.reading;
    this.draft = parts.draft;
    this.directive = parts.directive;
    this.scope = parts.scope;
    this.words = parts.words;
    this.walkChildren = parts.walkChildren;
  }

  get name(): string {
    return this.directive.name;
  }

  error(finding: Finding, offset = this.directive.offset): void {
    this.reading.report('error', this.directive.file, offset, finding);
  }

  warning(finding: Finding, offset = this.directive.offset): void {
    this.reading.report('warning', this.directive.file, offset, finding);
  }

  info(finding: Finding, offset = this.directive.offset): void {
    this.reading.report('info', this.directive.file, offset, finding);
  }

  /** Remembers that this directive, or the word at `offset`, wrote that part of the deployment. */
  wrote(subject: Subject, offset = this.directive.offset): void {
    this.draft.places.set(originKey(subject), { file: this.directive.file, offset });
  }

  /** Remembers it for a setting of the level this directive stands at. */
  wroteSetting(): void {
    const { host, section, isModelled } = this.scope;
    if (isModelled) this.wrote({ kind: 'setting', host: host.index, section, directive: this.name });
  }

  /** Where the arguments begin. */
  get argumentsOffset(): number {
    return offsetOf(this.directive.args, 0);
  }
}
