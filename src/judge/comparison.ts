/** Puts a prediction beside what a run showed: one row for each thing a user wants to know about each mount. */
import type { Deployment } from '../../spec/deployment.ts';
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import type { Shares, Sharing } from '../../spec/predict/sharing.ts';
import type { PredictedMount, Prediction } from '../../spec/predict.ts';
import { mountName } from '../../spec/routing/mounts.ts';
import { type Entry, entriesOf, groupedBy, type RequestHistory, requestHistories } from '../../spec/rules/histories.ts';
import { insideAt } from '../../spec/rules/overlaps.ts';
import { eventsOf, type Observation, type Trace } from '../../spec/trace.ts';
import type { ProcessGroupName, ProcessId } from '../../spec/vocabulary.ts';
import { type ComparisonRow, distinct, rowOf, together } from './comparison-row.ts';
import { untilTheServerIsTold, workerReplacementRows } from './worker-comparison.ts';

/** Compares one run with its prediction. Rows keep the order of the mounts, pairs and replacements come last. */
export function compare(deployment: Deployment, prediction: Prediction, trace: Trace): readonly ComparisonRow[] {
  const requests = requestHistories(trace);
  const visits = prediction.mounts.map((mount) => ({ mount, requests: requests.filter(isFor(mount)) }));
  return [
    ...visits.flatMap(({ mount, requests: own }) => mountRows(mount, own, trace)),
    ...prediction.sharing.flatMap((pair) => sharingRow(pair, prediction.mounts, trace)),
    ...[...groupedBy(prediction.mounts.filter(isAnswered), (mount) => mount.processGroup)].flatMap(([group, mounts]) =>
      deployment.kind === 'apache'
        ? replacementRows(deployment, group, mounts, trace)
        : workerReplacementRows(deployment, trace),
    ),
  ];
}

const isAnswered = (mount: PredictedMount): boolean => mount.answer.kind === 'application';

const isFor =
  (mount: PredictedMount) =>
  ({ sent }: RequestHistory): boolean =>
    // No host matters to a server of workers.
    (sent.to.host === mount.host || mount.mode === 'worker') &&
    sent.to.port === mount.port &&
    sent.to.path === mount.url;

function mountRows(mount: PredictedMount, requests: readonly RequestHistory[], trace: Trace): readonly ComparisonRow[] {
  const name = mountName(mount);
  const seen = requests.flatMap((request) => request.observed.map((event) => event.seen));
  const row = (what: string, predicted: string, observed: string | null, agrees = predicted === observed) =>
    rowOf(name, what, predicted, observed, agrees);
  if (!isAnswered(mount)) {
    const status = mount.answer.kind === 'application' ? '' : String(mount.answer.status);
    const answers = requests.flatMap(({ outcome }) => (outcome?.kind === 'request.finished' ? [outcome.status] : []));
    return [row('HTTP status', status, together(answers.map(String)))];
  }
  const each = <T extends string | boolean>(what: string, predicted: T, of: (observation: Observation) => T) =>
    row(what, written(predicted), together(seen.map((observation) => written(of(observation)))));
  return [
    ...(mount.mode === 'worker'
      ? []
      : [
          each('process group', mount.processGroup, (o) => o.processGroup ?? absent),
          each('application group', mount.applicationGroup, (o) => o.applicationGroup ?? absent),
        ]),
    each('wsgi.multithread', mount.multithread, (o) => o.multithread),
    each('wsgi.multiprocess', mount.multiprocess, (o) => o.multiprocess),
    each('wsgi.run_once', mount.runOnce, (o) => o.runOnce),
    processesRow(mount, trace),
    threadsRow(mount, trace),
    globalsRow(mount, requests, trace),
  ];
}

/**
 * Whose a global of the script is: all requests of a process see one set of them, as long as nothing loads it again.
 * Source: rules ISO-PROC-01 and ISO-PROC-02.
 */
function globalsRow(mount: PredictedMount, requests: readonly RequestHistory[], trace: Trace): ComparisonRow {
  const firstTouch = eventsOf(trace, 'act.performed').find(({ act }) => act.kind === 'touch')?.seq;
  const seen = requests
    .flatMap((request) => request.observed)
    .filter((event) => event.seq < (firstTouch ?? Number.POSITIVE_INFINITY))
    .map((event) => event.seen);
  const processes = distinct(seen.map((o) => o.process));
  const sets = distinct(seen.map((o) => o.scriptGlobals));
  const isOneEach = processes.every(
    (process) => distinct(seen.filter((o) => o.process === process).map((o) => o.scriptGlobals)).length === 1,
  );
  const agrees = isOneEach && sets.length === processes.length;
  const observed = agrees ? oneSetEach : `${sets.length} sets in ${processes.length} of the processes`;
  return rowOf(mountName(mount), "script's globals", oneSetEach, seen.length === 0 ? null : observed);
}

const oneSetEach = 'one set in each process';

function processesRow(mount: PredictedMount, trace: Trace): ComparisonRow {
  const { min, max } = mount.processes;
  // What the server's parent is told may change their number.
  const most = mostAlive(mount.processGroup, mount.mode === 'worker' ? untilTheServerIsTold(trace) : trace);
  const predicted = min === max ? String(min) : `${min} to ${max}`;
  return rowOf(mountName(mount), 'processes', predicted, most === 0 ? null : String(most), most >= min && most <= max);
}

/** The most processes of a group that took requests at the same time. */
function mostAlive(group: ProcessGroupName, trace: Trace): number {
  const own = new Set(eventsOf(trace, 'process.spawned').flatMap((e) => (e.processGroup === group ? [e.process] : [])));
  const alive = new Set<ProcessId>();
  let most = 0;
  for (const event of trace) {
    if (event.kind === 'process.ready' && own.has(event.process)) most = Math.max(most, alive.add(event.process).size);
    // A child that is to go takes nothing more, however long it finishes beside its successors.
    if (event.kind === 'process.exited' || (group === '' && event.kind === 'process.draining'))
      alive.delete(event.process);
  }
  return most;
}

function threadsRow(mount: PredictedMount, trace: Trace): ComparisonRow {
  const entries = entriesOf(trace).filter(({ seen }) => (seen.processGroup ?? '') === mount.processGroup);
  const most = Math.max(0, ...entries.map((entry) => 1 + roommates(entries, entry).length));
  const observed = entries.length === 0 ? null : most === mount.threads ? String(most) : `${most} at once`;
  return rowOf(mountName(mount), 'threads', String(mount.threads), observed, most <= mount.threads);
}

/** The requests that were certainly inside the same process when this one got in. */
const roommates = (entries: readonly Entry[], entry: Entry): readonly Entry[] =>
  insideAt(entries, entry.seq).filter((other) => other !== entry && other.seen.process === entry.seen.process);

function sharingRow(pair: Sharing, mounts: readonly PredictedMount[], trace: Trace): readonly ComparisonRow[] {
  const [a, b] = [pair.a, pair.b].map((name) => mounts.find((mount) => mountName(mount) === name));
  if (!a || !b || !isAnswered(a) || !isAnswered(b)) return [];
  const entries = entriesOf(trace);
  const [ofA, ofB] = [a, b].map((mount) => entries.filter(({ request }) => isFor(mount)(request)));
  const meetings = (ofA ?? []).flatMap((x) => (ofB ?? []).map((y) => sharedBy(x.seen, y.seen)));
  const most = degreesOfSharing.find((degree) => meetings.includes(degree)) ?? null;
  // Two mounts of one group may have been served by different processes only: then nothing could be seen shared.
  const neverMet = most === 'nothing' && a.processGroup === b.processGroup;
  return [rowOf(`${pair.a} + ${pair.b}`, 'shared globals', words[pair.shares], most && !neverMet ? words[most] : null)];
}

const degreesOfSharing = ['script-globals', 'imported-modules', 'process', 'nothing'] as const satisfies Shares[];

/** What two requests were seen to share. */
function sharedBy(a: Observation, b: Observation): Shares {
  if (a.process !== b.process) return 'nothing';
  if (a.interpreter !== b.interpreter) return 'process';
  return a.moduleName === b.moduleName ? 'script-globals' : 'imported-modules';
}

const words: Readonly<Record<Shares, string>> = {
  'script-globals': 'those of the script',
  'imported-modules': 'those of imported modules',
  process: 'none: one process, two interpreters',
  nothing: 'none: different processes',
};

/** What the run shows about the end of the processes of a group; `mounts` are those that it answers. */
function replacementRows(
  deployment: ApacheDeployment,
  group: ProcessGroupName,
  mounts: readonly PredictedMount[],
  trace: Trace,
): readonly ComparisonRow[] {
  const name = group === '' ? 'embedded (Apache children)' : `process group ${group}`;
  const daemon = deployment.daemons.find((candidate) => candidate.name === group);
  const own = new Set(eventsOf(trace, 'process.spawned').flatMap((e) => (e.processGroup === group ? [e.process] : [])));
  const exits = eventsOf(trace, 'process.exited').filter((event) => own.has(event.process));
  const ended = (because: string): boolean => exits.some((event) => event.because === because);
  const rows: ComparisonRow[] = [];
  if (daemon && daemon.maximumRequests > 0) {
    const spent = exits.filter((event) => event.because === 'maximum-requests');
    const handled = spent.map(({ process }) => {
      const accepted = eventsOf(trace, 'request.accepted').filter((event) => event.process === process);
      return String(accepted.length);
    });
    const predicted = `replaced after ${daemon.maximumRequests} requests`;
    // With several threads a process goes on while others are in progress. Source: rule LIFE-MAXREQ-03.
    const enough = handled.every((n) =>
      daemon.threads === 1 ? Number(n) === daemon.maximumRequests : Number(n) >= daemon.maximumRequests,
    );
    const observed = handled.length === 0 ? null : `replaced after ${together(handled)} requests`;
    rows.push(rowOf(name, 'maximum-requests', predicted, observed, enough));
  }
  const watched = mounts.filter((mount) => mount.scriptReloading).map((mount) => mount.script);
  const touched = eventsOf(trace, 'act.performed').flatMap(({ act }) => (act.kind === 'touch' ? [act.script] : []));
  if (touched.some((script) => mounts.some((mount) => mount.script === script))) {
    const isNoticed = touched.some((script) => watched.includes(script));
    const change = daemon ? 'process replaced' : 'executed again in place';
    const reloaded = eventsOf(trace, 'application.reloaded').some((event) => own.has(event.process));
    // Where a change counts and nothing happened, no process that had loaded the script was asked for it again.
    const unmoved = isNoticed ? null : 'nothing happens';
    const seen = ended('script-changed') ? 'process replaced' : reloaded ? 'executed again in place' : unmoved;
    rows.push(rowOf(name, 'script touched', isNoticed ? change : 'nothing happens', seen));
  }
  return rows;
}

const absent = '(key absent)';

/** A value as Python and the configuration write it. */
const written = (value: string | boolean): string =>
  typeof value === 'boolean' ? (value ? 'True' : 'False') : `'${value}'`;
