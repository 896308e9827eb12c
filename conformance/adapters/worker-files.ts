/** Where the files of a deployment lie in a run: below a folder of its own, with the probe in the place of each script. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WorkerApplication } from '../../spec/deployments/worker-application.ts';
import { probeScript } from '../../src/probe/probe-script.ts';
import { neighbourOf } from '../../src/probe/script-damage.ts';

export class WorkerFiles {
  /** Stands for the root directory of the deployment. */
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Writes the probe under every name by which an application of that script is asked for. */
  static async write(root: string, applications: readonly WorkerApplication[]): Promise<WorkerFiles> {
    const files = new WorkerFiles(root);
    for (const script of new Set(applications.map((application) => application.script))) {
      const callables = applications.flatMap((one) => (one.script === script ? [one.callable] : []));
      const file = files.moved(script);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, probeScript(...new Set(callables)));
      await writeFile(neighbourOf(file), '');
    }
    return files;
  }

  /** Nothing is written, and everything lies where the deployment says. */
  static asDeployed(): WorkerFiles {
    return new WorkerFiles('/');
  }

  /** Where a path of the deployment really is. */
  moved(path: string): string {
    return join(this.#root, path);
  }

  /**
   * The directory from which a module is imported.
   * @throws RangeError where the module's name does not lead to the script.
   */
  importedFrom({ script, module }: WorkerApplication): string {
    if (module === null) return this.moved(dirname(script));
    const tail = `/${module.replaceAll('.', '/')}.py`;
    if (!script.endsWith(tail)) throw new RangeError(`a module ${module} is not found in ${script}`);
    return this.moved(script.slice(0, -tail.length) || '/');
  }
}
