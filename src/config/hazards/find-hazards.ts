/** Looks for every hazard in one configuration that the reader accepted. */
import { hazards } from './catalogue.ts';
import type { Hazard, HazardDiagnostic } from './hazard.ts';
import type { Scene } from './scene.ts';

/** Those of Apache. */
export const findHazards = (scene: Scene, catalogue: readonly Hazard[] = hazards): readonly HazardDiagnostic[] =>
  findIn(scene, catalogue);

/** In the order of the catalogue. What several ports have in common is said once. */
export function findIn<Where>(scene: Where, catalogue: readonly Hazard<Where>[]): readonly HazardDiagnostic[] {
  const found = catalogue.flatMap((hazard) =>
    hazard.find(scene).map(
      ({ at, severity, message, fix }): HazardDiagnostic => ({
        code: hazard.code,
        severity,
        file: at.file,
        line: at.line,
        column: at.column,
        message,
        fix,
      }),
    ),
  );
  const seen = new Set<string>();
  return found.filter((diagnostic) => {
    const key = JSON.stringify(diagnostic);
    return seen.has(key) ? false : seen.add(key);
  });
}
