/**
 * What a rule is: one sentence with a source, and one pure function over a run. A rule judges what can be observed and
 * never looks inside a machine, so that the same rule judges a simulator, the gateway and real servers.
 */
import type { Deployment } from '../deployment.ts';
import type { ApacheDeployment, ModWsgiRelease } from '../deployments/apache.ts';
import type { GunicornDeployment, GunicornWorkerClass } from '../deployments/gunicorn.ts';
import type { UwsgiDeployment } from '../deployments/uwsgi.ts';
import type { HappeningKind, Trace } from '../trace.ts';
import { assertNever } from '../vocabulary.ts';

/** A rule; `D` is what it knows how to judge, and follows from what it applies to. */
export interface Rule<D extends Deployment = Deployment> {
  /** As in the rule catalogue; never reused. */
  readonly id: string;
  readonly level: 'must' | 'should' | 'may';
  readonly area: Area;
  /** One sentence. */
  readonly says: string;
  /** The rule holds where a deployment has at least one of these. */
  readonly appliesTo: readonly [Subject, ...Subject[]];
  /** The kinds of event without which it can say nothing. It may use more where a world shows more. */
  readonly needs: readonly HappeningKind[];
  /** Where the sentence comes from: manual pages, functions in a server's source, PEP sections. */
  readonly source: readonly [string, ...string[]];
  /** The first and the last release of mod_wsgi that behaves so; absent is every release. */
  readonly since?: ModWsgiRelease;
  readonly until?: ModWsgiRelease;
  /** Why it matters to somebody who deploys an application. */
  readonly why: string;
  judge(run: Run<D>): Judgement;
}
export type ApacheRule = Rule<ApacheDeployment>;
export type GunicornRule = Rule<GunicornDeployment>;
export type UwsgiRule = Rule<UwsgiDeployment>;

export const areas = [
  'flags',
  'isolation',
  'configuration',
  'concurrency',
  'requests',
  'replacement',
  'reloading',
  'signals',
  'deadlines',
  'surroundings',
  'ending',
  'dispatch',
  'restarts',
  'children',
  'interface',
  'model',
] as const;
export type Area = (typeof areas)[number];

/** What a rule can be about: a way of hosting an application. */
export type Subject =
  | 'apache-prefork-embedded'
  | 'apache-worker-embedded'
  | 'apache-event-embedded'
  | 'mod_wsgi-daemon'
  | `gunicorn-${GunicornWorkerClass}`
  | 'uwsgi'
  | 'any-wsgi-server';

/** Embedded mode, whatever the MPM. */
export const embedded = ['apache-prefork-embedded', 'apache-worker-embedded', 'apache-event-embedded'] as const;
/** Both modes of mod_wsgi. */
export const bothModes = [...embedded, 'mod_wsgi-daemon'] as const;

/** gunicorn, whatever its workers. */
export const anyGunicorn = ['gunicorn-sync', 'gunicorn-gthread', 'gunicorn-gevent'] as const;

/** What a deployment has that rules can be about. */
export const subjectsOf = (deployment: Deployment): ReadonlySet<Subject> =>
  new Set<Subject>(['any-wsgi-server', ...ownSubjects(deployment)]);

function ownSubjects(deployment: Deployment): readonly Subject[] {
  switch (deployment.kind) {
    case 'apache':
      return [
        `apache-${deployment.server.mpm}-embedded`,
        ...(deployment.daemons.length > 0 ? (['mod_wsgi-daemon'] as const) : []),
      ];
    case 'gunicorn':
      return [`gunicorn-${deployment.workerClass}`];
    case 'uwsgi':
      return ['uwsgi'];
    case 'plain':
      return [];
    default:
      return assertNever(deployment);
  }
}

/** What rules judge: what was configured, and what was then seen. */
export interface Run<D extends Deployment = Deployment> {
  readonly deployment: D;
  readonly trace: Trace;
}
export type ApacheRun = Run<ApacheDeployment>;

/** A sentence about what went wrong, and the `seq` of each event that shows it. */
export interface Evidence {
  readonly says: string;
  readonly seqs: readonly number[];
}

export type Judgement =
  | { readonly kind: 'pass' /** How many situations could have broken the rule. */; readonly exercised: number }
  | { readonly kind: 'fail'; readonly exercised: number; readonly evidence: readonly Evidence[] }
  /** Against the sentence, but known of the very server that the sentence describes. */
  | { readonly kind: 'known-defect'; readonly exercised: number; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'not-exercised'; readonly because: string };

/** What one situation shows against a rule. */
export interface Objection extends Evidence {
  /** The known defect of the real server that explains it. */
  readonly knownDefect?: string;
}

/**
 * Judges every situation in which a rule could have been broken.
 * @param situations - Found in the run, in its order.
 * @param otherwise - What did not happen, for the case that there is no situation.
 * @param against - What the situation shows against the rule; null is nothing.
 */
export function judgeEach<S>(
  situations: readonly S[],
  otherwise: string,
  against: (situation: S) => Objection | null,
): Judgement {
  if (situations.length === 0) return { kind: 'not-exercised', because: otherwise };
  const objections = situations.map(against).filter((objection) => objection !== null);
  const exercised = situations.length;
  const serious = objections.filter((objection) => objection.knownDefect === undefined);
  if (serious.length > 0) return { kind: 'fail', exercised, evidence: serious };
  return objections.length > 0
    ? { kind: 'known-defect', exercised, evidence: objections }
    : { kind: 'pass', exercised };
}

/** Python's spelling of a flag, as the reader knows it from an environ. */
export const python = (flag: boolean): string => (flag ? 'True' : 'False');
