/** Imports the module of a user's application once, as a worker would, to see whether the application is there. */
import type { WorkerDeployment } from '../../../spec/deployment.ts';
import type { WorkerApplication } from '../../../spec/deployments/worker-application.ts';
import { interpreterOf } from '../../../spec/routing/worker-route.ts';
import { type CheckLimits, check, type ScriptVerdict } from '../processes/script-check.ts';
import { workerHost, workerSurroundings } from './worker-host-settings.ts';

/** @param folder - The directory that the server is started in. */
export function checkApplication(
  deployment: WorkerDeployment,
  application: WorkerApplication,
  python: string,
  folder: string,
  limits: CheckLimits = {},
): Promise<ScriptVerdict> {
  const settings = {
    script: application.script,
    callable: application.callable,
    processGroup: '',
    applicationGroup: interpreterOf(deployment, application),
    worker: workerHost(deployment, (script) => script),
  };
  return check(workerSurroundings(deployment, python, folder), settings, limits);
}
