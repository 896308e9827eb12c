/** The hazards of a text, where there is no file system: in tests, and on a page. */
import type { ModWsgiRelease, Mpm } from '../../../spec/deployments/apache.ts';
import { explainApache } from '../explain.ts';
import { filesInMemory } from '../source.ts';
import type { HazardDiagnostic } from './hazard.ts';

export interface TextSetting {
  readonly modWsgi?: ModWsgiRelease;
  readonly mpm?: Mpm;
  /** Scripts by path. */
  readonly scripts?: Readonly<Record<string, string>>;
}

/**
 * @param text - An Apache configuration that has no error.
 * @throws Error if it has one: then there is nothing to look at.
 */
export function hazardsOf(
  text: string,
  { modWsgi = '4.9', mpm, scripts = {} }: TextSetting = {},
): readonly HazardDiagnostic[] {
  const source = filesInMemory(scripts);
  const { accepted, diagnostics } = explainApache({
    file: 'site.conf',
    text,
    source,
    modWsgi,
    ...(mpm ? { mpm } : {}),
    readScript: (path) => source.read(path),
  });
  if (accepted === null) throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return diagnostics.filter((diagnostic): diagnostic is HazardDiagnostic => diagnostic.code.startsWith('HAZ'));
}
