import type { UwsgiDeployment } from '../../deployments/uwsgi.ts';
import type { Trace } from '../../trace.ts';
import type { Millis } from '../../vocabulary.ts';
import { isUndisturbed } from '../calm.ts';
import { insideFor } from '../deadlines/inside-for.ts';
import { type Entry, outcomeOf, requestHistories, seqsOf, succeeded } from '../histories.ts';
import { type Lifespan, lifespansOf } from '../lifespans.ts';
import { judgeEach, type Objection, type UwsgiRule } from '../rule.ts';

/** Every program of Python has more, in megabytes. */
const little = 1;
/** A worker takes its start from the clock of the master, which counts whole seconds and is read once a second. In ms. */
const earliness = 2000;
/** Between the end of a request and its client's knowing, in ms. */
const stray = 200;
/** More than the master is late, which looks once a second. In ms. */
const lateness = 5000;

/** Judged where the limit is so low that every worker is above it: how much memory one has, nobody sees. */
export const uwsgiLargeWorkerEndsAfterItsRequest: UwsgiRule = {
  id: 'LIFE-UWSGI-02',
  level: 'must',
  area: 'requests',
  says: 'reload-on-rss and reload-on-as end a worker at the end of a request, and only when it is at least min-worker-lifetime old; with evil- before them the master kills it, whatever it is doing.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed', 'process.appeared'],
  source: [
    'uWSGI 2.0, core/utils.c, uwsgi_close_request: reload_on_as, reload_on_rss and min_worker_lifetime',
    'uWSGI 2.0, core/master_checks.c, uwsgi_master_check_workers_deadline: evil_reload_on_as, evil_reload_on_rss, SIGKILL',
  ],
  why: 'A leak is stopped without anybody noticing, or in the middle of what somebody waits for.',
  judge: ({ deployment, trace }) => {
    const how = kindOf(deployment);
    const { minWorkerLifetime } = deployment;
    return judgeEach<() => Objection | null>(
      how === null
        ? []
        : lifespansOf(trace).flatMap((life) => {
            const turns = turnsOf(trace, life);
            if (how === 'evil')
              return turns
                .filter(({ entry }) => !succeeded(entry.request) || insideFor(entry) > lateness)
                .map((turn) => () => againstEvil(turn));
            const end = endOf(trace, life);
            return [
              ...turns.map((turn) => () => againstGentle(turn, minWorkerLifetime)),
              ...(end === null ? [] : [() => againstEnd(end, minWorkerLifetime)]),
            ];
          }),
      how === null ? 'no limit of memory is so low that every worker is above it' : 'no worker had a second request',
      (objection) => objection(),
    );
  },
};

/** A request to a worker that had one before. */
interface Turn {
  readonly entry: Entry;
  /** Of the worker, when the one before was over. */
  readonly age: number;
}

/** What a worker has is looked at when a request of it is over: the first one of all is safe. */
function turnsOf(trace: Trace, { known, entries }: Lifespan): readonly Turn[] {
  return entries.flatMap((entry, index) => {
    const before = entries[index - 1]?.request;
    const { outcome, sent } = entry.request;
    if (!before?.outcome || !succeeded(before) || before.outcome.seq > sent.seq || outcome === null) return [];
    // What is lost may be lost for another reason; what is answered, nothing excuses.
    return succeeded(entry.request) || isUndisturbed(trace, sent.seq, outcome.seq)
      ? [{ entry, age: before.outcome.at - timeOf(trace, known) }]
      : [];
  });
}

/** A worker that went, and nothing else can be the reason. */
interface End {
  readonly life: Lifespan;
  readonly age: number;
}

function endOf(trace: Trace, life: Lifespan): End | null {
  const { known, gone, entries } = life;
  const isByItself =
    isUndisturbed(trace, known, gone) &&
    entries.every(({ request }) => succeeded(request) && (request.outcome?.seq ?? gone) < gone) &&
    requestHistories(trace).some(({ sent, observed }) => sent.seq > gone && observed.length > 0);
  return isByItself ? { life, age: timeOf(trace, gone) - timeOf(trace, known) } : null;
}

const timeOf = (trace: Trace, seq: number): number => trace.find((event) => event.seq === seq)?.at ?? 0;

/** Who ends workers here, and nothing else does. */
function kindOf(deployment: UwsgiDeployment): 'gentle' | 'evil' | null {
  const { harakiri, maxWorkerLifetime, maxRequests, cheaper, idle, master, threads } = deployment;
  if (harakiri > 0 || maxWorkerLifetime > 0 || maxRequests > 0 || cheaper !== null || idle > 0) return null;
  if (!master || threads > 1) return null;
  const isLow = (limit: number): boolean => limit > 0 && limit <= little;
  if (isLow(deployment.evilReloadOnRss) || isLow(deployment.evilReloadOnAs)) return 'evil';
  if (deployment.evilReloadOnRss > 0 || deployment.evilReloadOnAs > 0) return null;
  return isLow(deployment.reloadOnRss) || isLow(deployment.reloadOnAs) ? 'gentle' : null;
}

function againstGentle({ entry: { request, seen }, age }: Turn, minWorkerLifetime: Millis): Objection | null {
  const seqs = seqsOf(request);
  if (!succeeded(request))
    return { says: `${request.id} was inside worker ${seen.pid}, and ${outcomeOf(request)}`, seqs };
  return age >= minWorkerLifetime + stray
    ? { says: `${request.id} ran in worker ${seen.pid}, which had had a request at the age of ${age} ms`, seqs }
    : null;
}

const againstEnd = ({ life: { pid, known, gone }, age }: End, minWorkerLifetime: Millis): Objection | null =>
  age < minWorkerLifetime - earliness
    ? { says: `worker ${pid} ended by itself at the age of ${age} ms`, seqs: [known, gone] }
    : null;

const againstEvil = ({ entry: { request, seen } }: Turn): Objection | null =>
  succeeded(request)
    ? {
        says: `${request.id} was inside worker ${seen.pid} for more than ${lateness} ms, and was answered`,
        seqs: seqsOf(request),
      }
    : null;
