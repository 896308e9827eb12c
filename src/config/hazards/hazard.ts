/**
 * What a server accepts and then surprises with. A hazard is some data and one pure function that looks for it in a
 * deployment; the list of all is {@link file://./every-hazard.ts}.
 */
import type { Position, Severity } from '../diagnostic.ts';
import type { Scene } from './scene.ts';

export interface Hazard<Where = Scene> extends HazardEntry {
  readonly find: (scene: Where) => readonly Trap[];
}

/** What is said of a hazard wherever it was found; `Where` above is what its server's readers made of a configuration. */
export interface HazardEntry {
  /** Never reused, and never means something else later. */
  readonly code: `HAZ${number}`;
  readonly title: string;
  /** Why the server behaves so and what follows from it, in a few sentences. */
  readonly explanation: string;
  /** A rule of the catalogue, a file of the sources, or a chapter of a manual. */
  readonly source: string;
}

/** Their order, which is that of their numbers. To compare as people of some language do would cost each start 15 ms. */
export const byCode = (a: HazardEntry, b: HazardEntry): number => (a.code < b.code ? -1 : 1);

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
