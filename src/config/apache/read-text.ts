/** Reads small texts for tests. */
import type { ApacheDeployment, ModWsgiRelease, Mpm } from '../../../spec/deployments/apache.ts';
import { filesInMemory } from '../source.ts';
import { type ApacheReading, readApache } from './read.ts';

/** The path of every text read here. */
export const file = '/etc/apache2/site.conf';

export interface TextOptions {
  /** Other files there are. */
  readonly files?: Readonly<Record<string, string>>;
  readonly mpm?: Mpm;
  readonly modWsgi?: ModWsgiRelease;
  readonly defines?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export const read = (text: string, { files = {}, ...more }: TextOptions = {}): ApacheReading =>
  readApache({ file, text, source: filesInMemory({ [file]: text, ...files }), modWsgi: '4.9', ...more });

/** What was found, as `CFG012@3:5`, without the remarks that every part of a configuration gets. */
export const findings = (text: string, options: TextOptions = {}): readonly string[] =>
  read(text, options)
    .diagnostics.filter(({ code }) => code !== 'CFG024' && code !== 'CFG028')
    .map(({ code, line, column }) => `${code}@${line}:${column}`);

/** @throws Error with the diagnostics if the text was refused. */
export function deploymentOf(text: string, options: TextOptions = {}): ApacheDeployment {
  const { deployment, diagnostics } = read(text, options);
  if (deployment === null) throw new Error(JSON.stringify(diagnostics, null, 2));
  return deployment;
}

/** `${NAME}`, as a configuration writes it. */
export const variable = (name: string): string => `\${${name}}`;
