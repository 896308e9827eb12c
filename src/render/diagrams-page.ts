/** The page that shows every drawing, for people who look at the repository in a browser. */
import { generated } from './markdown-table.ts';

/** One drawing: its Mermaid source and its SVG lie beside the page under this name. */
export interface Drawing {
  /** A path without ending: `machines/server`. */
  readonly path: string;
  readonly title: string;
}

export const diagramsPage = (machines: readonly Drawing[], examples: readonly Drawing[]): string =>
  `${[
    generated('spec/machines and docs/examples'),
    '# Diagrams',
    '## The machines',
    'Drawn from the definitions that the simulator and the gateway run.',
    ...machines.map(entry),
    '## The examples',
    'Which processes, threads and interpreters each configuration comes to.',
    ...examples.map(entry),
  ].join('\n\n')}\n`;

const entry = ({ path, title }: Drawing): string =>
  `### ${title}\n\n![${title}](${path}.svg)\n\n[Mermaid source](${path}.mmd)`;
