/**
 * Says before anything is started what the processes of a group would fail for at once, again and again: one process
 * becomes what they are to become, makes an interpreter and threads, and ends.
 */
import { execFile } from 'node:child_process';
import type { ApacheDeployment, DaemonGroup } from '../../../spec/deployments/apache.ts';
import { poolSize } from '../../../spec/flags.ts';
import type { GroupPlan } from '../../../spec/machines/process-terms.ts';
import { CannotStart } from '../cannot-start.ts';
import { hostFile } from './host-process.ts';
import { type ProcessSurroundings, processSurroundings } from './process-surroundings.ts';
import { findPython } from './python.ts';

/**
 * @param python - The Python of every group without a home of its own.
 * @param log - Hears what is ignored.
 * @throws CannotStart with what is in the way, where it was configured, and what to do.
 */
export async function checkSurroundings(
  deployment: ApacheDeployment,
  plans: readonly Pick<GroupPlan, 'processGroup'>[],
  python: string,
  log: (line: string) => void,
): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  for (const { processGroup } of plans) {
    const group = deployment.daemons.find(({ name }) => name === processGroup);
    const surroundings = processSurroundings(deployment, processGroup, python);
    const where = group ? `the processes of '${group.name}'` : 'the Apache children';
    if (!isRoot) sayWhatIsIgnored(surroundings, where, log);
    if (surroundings.python !== python) await findPython(surroundings.python);
    if (!isSpecial(surroundings, isRoot)) continue;
    const { threads } = poolSize(deployment, processGroup) ?? { threads: 1 };
    const verdict = await rehearse(surroundings, threads, where);
    if (verdict.kind === 'misfit')
      throw new CannotStart(
        `${where} cannot be started${options(surroundings, group)}: ${verdict.what}\nfix: ${verdict.fix ?? 'correct these settings, or leave them out'}`,
      );
  }
}

/** Apache says nothing of it. */
function sayWhatIsIgnored({ given }: ProcessSurroundings, where: string, log: (line: string) => void): void {
  const named = [
    ...(given.user === null ? [] : [`user ${given.user}`]),
    ...(given.group === null ? [] : [`group ${given.group}`]),
    ...(given.supplementaryGroups === null ? [] : [`supplementary groups ${given.supplementaryGroups}`]),
  ];
  if (named.length > 0)
    log(`${where} keep the account that started this server, which is not root: ${named.join(', ')} ignored`);
}

/** Whether anything is asked for that can fail. */
const isSpecial = ({ given }: ProcessSurroundings, isRoot: boolean): boolean =>
  (isRoot && (given.user !== null || given.group !== null || given.supplementaryGroups !== null)) ||
  given.home !== null ||
  given.limits.some(([name]) => name !== 'RLIMIT_CPU') ||
  given.stackSize !== null;

/** What was asked for, as written. */
function options({ given }: ProcessSurroundings, group: DaemonGroup | undefined): string {
  const written: readonly (readonly [string, string | number | null])[] = [
    [group?.user ? 'user=' : 'User ', given.user],
    [group?.group ? 'group=' : 'Group ', given.group],
    ['supplementary-groups=', given.supplementaryGroups],
    ['home=', given.home],
    ['memory-limit=', group?.memoryLimit || null],
    ['virtual-memory-limit=', group?.virtualMemoryLimit || null],
    ['stack-size=', given.stackSize],
  ];
  const words = written.flatMap(([name, value]) => (value === null ? [] : [`${name}${value}`]));
  return words.length === 0 ? '' : ` with ${words.join(' ')}`;
}

type Verdict = { readonly kind: 'fit' } | { readonly kind: 'misfit'; readonly what: string; readonly fix?: string };

/** How long a process may take to become what it is to be, in ms. */
const patience = 30_000;

const rehearse = (surroundings: ProcessSurroundings, threads: number, where: string): Promise<Verdict> =>
  new Promise((resolve) => {
    const { python, pythonOptions, environment, given } = surroundings;
    const child = execFile(
      python,
      [...pythonOptions, hostFile, '--rehearse'],
      { timeout: patience, killSignal: 'SIGKILL', env: { ...environment } },
      (error, stdout, stderr) => {
        if (stdout !== '') resolve(JSON.parse(stdout) as Verdict);
        else {
          const reason = error?.killed ? `it takes more than ${patience / 1000} s` : lastLine(stderr);
          resolve({ kind: 'misfit', what: reason || `${where} end before they say why` });
        }
      },
    );
    child.stdin?.on('error', () => {}); // A Python that cannot start says so by its exit.
    child.stdin?.end(JSON.stringify({ given, threads }));
  });

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
