/** Where each part of a deployment was written, so that a hazard found later can point at its line. */
import type { Position } from './diagnostic.ts';

/** A part of a deployment. Indices are those of the deployment's own lists. */
export type Subject =
  | { readonly kind: 'daemon'; readonly name: string }
  /** One option of a WSGIDaemonProcess. */
  | { readonly kind: 'daemon-option'; readonly name: string; readonly option: string }
  | { readonly kind: 'script-alias'; readonly host: number; readonly index: number }
  /** One option of a WSGIScriptAlias, such as `process-group`. */
  | { readonly kind: 'script-alias-option'; readonly host: number; readonly index: number; readonly option: string }
  | { readonly kind: 'host'; readonly host: number }
  | { readonly kind: 'section'; readonly host: number; readonly index: number }
  /** The directive that decided a setting; `section` is null outside every section. Names are the directives' own. */
  | {
      readonly kind: 'setting';
      readonly host: number;
      readonly section: number | null;
      readonly directive: string;
    }
  | { readonly kind: 'preload'; readonly index: number }
  | { readonly kind: 'listen'; readonly index: number }
  /** Any other directive that holds for one host, `ServerName` or `MaxRequestWorkers`. */
  | { readonly kind: 'directive'; readonly host: number; readonly directive: string };

export interface Origins {
  readonly positions: ReadonlyMap<string, Position>;
}

/** Where that part was written, or null if it was not: then it is a default. */
export const originOf = (origins: Origins, subject: Subject): Position | null =>
  origins.positions.get(originKey(subject)) ?? null;

/** The key of a part in {@link Origins.positions}. Names that are directives are compared without regard to case. */
export function originKey(subject: Subject): string {
  switch (subject.kind) {
    case 'daemon':
      return JSON.stringify(['daemon', subject.name]);
    case 'daemon-option':
      return JSON.stringify(['daemon-option', subject.name, subject.option]);
    case 'script-alias':
      return JSON.stringify(['script-alias', subject.host, subject.index]);
    case 'script-alias-option':
      return JSON.stringify(['script-alias-option', subject.host, subject.index, subject.option]);
    case 'host':
      return JSON.stringify(['host', subject.host]);
    case 'section':
      return JSON.stringify(['section', subject.host, subject.index]);
    case 'setting':
      return JSON.stringify(['setting', subject.host, subject.section, subject.directive.toLowerCase()]);
    case 'preload':
      return JSON.stringify(['preload', subject.index]);
    case 'listen':
      return JSON.stringify(['listen', subject.index]);
    case 'directive':
      return JSON.stringify(['directive', subject.host, subject.directive.toLowerCase()]);
  }
}
