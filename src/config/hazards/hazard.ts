/**
 * What a server accepts and then surprises with. A hazard is some data and one pure function that looks for it in a
 * deployment; the list of all is {@link file://./catalogue.ts}.
 */
import type { Position, Severity } from '../diagnostic.ts';
import type { Scene } from './scene.ts';

export interface Hazard {
  /** Never reused, and never means something else later. */
  readonly code: `HAZ${number}`;
  readonly title: string;
  /** Why the server behaves so and what follows from it, in a few sentences. */
  readonly explanation: string;
  /** A rule of the catalogue, a file of the sources, or a chapter of a manual. */
  readonly source: string;
  readonly find: (scene: Scene) => readonly Trap[];
}

/** One place where a hazard was found. */
export interface Trap {
  readonly at: Position;
  /** `info` is worth knowing and may well be meant. */
  readonly severity: Exclude<Severity, 'error'>;
  /** One sentence: what will happen. */
  readonly message: string;
  /** One sentence: what to write instead. */
  readonly fix: string;
}

/** A trap in the shape of every other diagnostic. */
export interface HazardDiagnostic extends Position {
  readonly code: Hazard['code'];
  readonly severity: Trap['severity'];
  readonly message: string;
  readonly fix: string;
}
