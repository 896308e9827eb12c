/** Runs a deployment for real and puts what it shows beside what was predicted. No printing: `verify.ts` does that. */
import { applicationsOf, type Deployment } from '../../spec/deployment.ts';
import type { PredictedMount } from '../../spec/predict.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import type { Trace } from '../../spec/trace.ts';
import { gatewayWorld } from '../gateway/gateway-world.ts';
import { findPython } from '../gateway/processes/python.ts';
import { checkScript, type ScriptVerdict } from '../gateway/processes/script-check.ts';
import { checkApplication } from '../gateway/workers/worker-script-check.ts';
import { compare } from '../judge/comparison.ts';
import type { ComparisonRow } from '../judge/comparison-row.ts';
import { exitCode, type Finding, judge } from '../judge/judge.ts';
import type { Extent } from '../probe/situations.ts';
import type { AcceptedConfiguration } from './accepted-configuration.ts';
import { allSituations } from './all-situations.ts';

export interface VerificationInput {
  readonly accepted: AcceptedConfiguration;
  /** `python3` or a path. */
  readonly python?: string;
  readonly extent: Extent;
  readonly signal: AbortSignal;
  /** Hears what is being done, in a few words, each time that changes. */
  readonly onProgress: (doing: string) => void;
  /** Hears each line that a process writes to its log. */
  readonly onLog: (source: string, line: string) => void;
}

/** One script of the user, and whether its application is there. */
export interface ScriptFinding {
  readonly script: string;
  readonly callable: string;
  readonly verdict: ScriptVerdict;
}

export interface Verification {
  /** The version of the Python that ran the applications. */
  readonly python: string;
  readonly scripts: readonly ScriptFinding[];
  readonly rows: readonly ComparisonRow[];
  readonly findings: readonly Finding[];
  readonly trace: Trace;
}

/**
 * Verifies one deployment: executes each of the user's scripts once, then runs the whole deployment with the probe in
 * the place of the scripts.
 * @throws CannotStart when there is no Python for it; the signal's reason when it is aborted.
 */
export async function runVerification(input: VerificationInput): Promise<Verification> {
  const { accepted, signal, onProgress } = input;
  const { prediction } = accepted;
  const deployment = withoutAccounts(accepted.deployment);
  const python = await findPython(input.python);
  const scripts: ScriptFinding[] = [];
  for (const mount of distinctScripts(prediction.mounts)) {
    onProgress(`executing ${mount.script}`);
    const verdict = await checkMount(accepted, mount, python.command, signal);
    signal.throwIfAborted();
    scripts.push({ script: mount.script, callable: mount.callable, verdict });
  }
  const all = allSituations(accepted, input.extent);
  const situationOf = new Map(
    all.flatMap(({ name, steps }) =>
      steps.flatMap((step) => ('request' in step ? [[step.request, name] as const] : [])),
    ),
  );
  onProgress('starting the processes');
  const isDirectory = accepted.kind === 'apache' ? accepted.world.isDirectory : undefined;
  const world = gatewayWorld({
    python: python.command,
    ...(isDirectory && { isDirectory }),
    log: input.onLog,
    onEvent: (event) => {
      if (event.kind === 'request.sent') onProgress(situationOf.get(event.request) ?? '');
    },
  });
  const trace = await world.run({ deployment, steps: all.flatMap(({ steps }) => steps) }, signal);
  return {
    python: python.version,
    scripts,
    rows: compare(deployment, prediction, trace),
    findings: judge({ deployment, trace }, rules, world.sees, world.seesOfDaemons),
    trace,
  };
}

/** Who runs the processes is no subject of a prediction, and may be nobody on the machine of whoever verifies. */
const withoutAccounts = (deployment: Deployment): Deployment =>
  deployment.kind === 'apache'
    ? {
        ...deployment,
        surroundings: { ...deployment.surroundings, user: null, group: null },
        daemons: deployment.daemons.map((group) => ({ ...group, user: null, group: null, supplementaryGroups: null })),
      }
    : deployment;

/** Executes the script of a mount as its processes will. */
function checkMount(
  accepted: AcceptedConfiguration,
  mount: PredictedMount,
  python: string,
  signal: AbortSignal,
): Promise<ScriptVerdict> {
  if (accepted.kind === 'apache') return checkScript(accepted.deployment, mount, python, { signal });
  const { deployment, folder } = accepted;
  const application =
    applicationsOf(deployment).find(({ script, callable }) => script === mount.script && callable === mount.callable) ??
    applicationsOf(deployment)[0];
  return checkApplication(deployment, application, python, folder, { signal });
}

/**
 * What `verify` exits with: 0 all that was seen is as predicted, 1 something is not, a rule is broken or a script cannot
 * be loaded, 2 nothing could be compared, 3 a rule itself broke.
 */
export function verificationExitCode({ scripts, rows, findings }: Verification): 0 | 1 | 2 | 3 {
  const judged = exitCode(findings);
  if (judged === 3) return 3;
  if (judged === 1 || rows.some(({ verdict }) => verdict === 'differs')) return 1;
  if (scripts.some(({ verdict }) => verdict.kind !== 'loaded')) return 1;
  return rows.some(({ verdict }) => verdict === 'agrees') ? 0 : 2;
}

/** What a script's verdict means to its user: what is wrong, and how to mend it. */
export function scriptAdvice({ script, callable, verdict }: ScriptFinding): string | null {
  switch (verdict.kind) {
    case 'loaded':
      return null;
    case 'no-callable':
      return `${script} has no '${callable}' at its top level\n  fix: name the application '${callable}' there, or say its name with WSGICallableObject`;
    case 'missing':
      return `${script}: ${verdict.error}\n  fix: write the path of the script as it is, or create the file`;
    case 'raised':
      return /ModuleNotFoundError|ImportError/.test(verdict.error)
        ? `${verdict.error}\n  fix: name the Python that has the module with --python PATH, or its folder with python-path`
        : `${verdict.error}\n  fix: mend the script; until then every request to it is answered 500`;
    case 'unanswered':
      return `${script}: ${verdict.error}\n  fix: do work that takes time or ends the process outside the top level of the script`;
  }
}

/** Each script once for every process group and callable: what it imports may depend on the group's python-path. */
function distinctScripts(mounts: readonly PredictedMount[]): readonly PredictedMount[] {
  const seen = new Set<string>();
  return mounts.filter((mount) => {
    const key = JSON.stringify([mount.script, mount.callable, mount.processGroup]);
    if (mount.answer.kind !== 'application' || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
