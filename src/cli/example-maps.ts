/** A drawing of each example in docs/: which processes, threads and interpreters it comes to. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainApache } from '../config/explain.ts';
import type { Explanation } from '../config/explanation.ts';
import { explainGunicorn } from '../config/gunicorn/explain.ts';
import { readLiterals } from '../config/gunicorn/read-literals.ts';
import { explainUwsgi } from '../config/uwsgi/explain.ts';
import { someMachine } from '../config/uwsgi/machine.ts';
import type { Drawing } from '../render/diagrams-page.ts';
import { processMap } from '../render/process-map.ts';
import { fileSource } from './file-source.ts';

export interface ExampleMap extends Drawing {
  readonly source: string;
}

/**
 * Apache's first, then gunicorn's, then uWSGI's; in each the order of their names.
 * @param root - The checkout.
 * @throws Error if an example is refused: examples may be unwise, never invalid.
 */
export const exampleMaps = (root: string): readonly ExampleMap[] =>
  kinds.flatMap(({ folder, ending, explain }) => {
    const directory = join(root, 'docs/examples', folder);
    return readdirSync(directory)
      .filter((name) => name.endsWith(ending))
      .toSorted()
      .flatMap((name) => {
        const text = readFileSync(join(directory, name), 'utf8');
        const explained = explain({ directory, name, text });
        return explained === null ? [] : [mapOf(join(folder, name), ending, explained)];
      });
  });

/** An example, where it lies. */
interface Example {
  readonly directory: string;
  readonly name: string;
  readonly text: string;
}

/** What is said of it, and the folder that scripts are named from: the same on every machine. */
interface Explained {
  readonly explanation: Explanation;
  readonly base: string;
}

const apache = ({ name, text }: Example): Explained => {
  // These name their scripts by a folder that they are given: any will do.
  const base = '/examples';
  const file = `${base}/${name}`;
  const environment = { CONFIG_DIR: base };
  return { explanation: explainApache({ file, text, source: fileSource, modWsgi: '4.9', environment }), base };
};

/** Null where only Python knows the values. */
const gunicorn = ({ directory, name, text }: Example): Explained | null => {
  const { values, unknown } = readLiterals(text, name);
  if (unknown.length > 0) return null;
  const explanation = explainGunicorn({
    words: null,
    file: name,
    environment: {},
    workingDirectory: directory,
    release: '20.1',
    source: fileSource,
    settings: { kind: 'run', file: name, values },
  });
  return { explanation, base: directory };
};

const uwsgi = ({ directory, name, text }: Example): Explained => {
  const explanation = explainUwsgi({
    given: { kind: 'file', file: join(directory, name), text },
    source: fileSource,
    release: '2.0.21',
    environment: {},
    workingDirectory: directory,
    machine: someMachine,
  });
  return { explanation, base: directory };
};

const kinds: readonly {
  /** Below docs/examples. */
  readonly folder: string;
  readonly ending: string;
  readonly explain: (example: Example) => Explained | null;
}[] = [
  { folder: '.', ending: '.conf', explain: apache },
  { folder: 'gunicorn', ending: '.py', explain: gunicorn },
  { folder: 'uwsgi', ending: '.ini', explain: uwsgi },
];

function mapOf(name: string, ending: string, { explanation, base }: Explained): ExampleMap {
  const { accepted, diagnostics } = explanation;
  if (accepted === null)
    throw new Error(`docs/examples/${name} is refused: ${diagnostics.map(({ message }) => message).join('; ')}`);
  return {
    path: `examples/${name.slice(0, -ending.length)}`,
    title: name,
    source: processMap(accepted.prediction, `${base}/`),
  };
}
